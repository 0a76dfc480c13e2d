"""Static files under names that carry a hash of what is in them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedAssets(CompressedManifestStaticFilesStorage):
    """Each file by its hashed name, in the imports of script modules too: no page mixes modules of two releases."""

    support_js_module_import_aggregation = True
