"""What people are told: rows on the site, and by e-mail where there is one."""
