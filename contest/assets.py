"""Static files under names that carry a hash of what is in them."""

from functools import lru_cache

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedAssets(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Each file by its hashed name, in the imports of script modules too: no page mixes modules of two releases."""

    support_js_module_import_aggregation = True

    @lru_cache(maxsize=500)  # noqa: B019  (there is one storage, for as long as the process lives)
    def url(self, name: str | None, force: bool = False) -> str:
        """The address of a file, found once: the manifest is read at the start, and a page has a dozen of them."""
        found: str = super().url(name, force)
        return found
