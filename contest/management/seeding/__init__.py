"""The demo's contest: the model contest of Ứng Hòa with its real places, and people who are made up."""
