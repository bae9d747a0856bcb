"""Pytest's side: Recette's own plugin, and what the document's sentences do."""

pytest_plugins = [
    "pytest_recette.plugin",
    "steps.certificates",
    "steps.desktops",
    "steps.direct_access",
    "steps.federation",
    "steps.portal",
    "steps.system_console",
    "steps.qualification",
    "steps.versions",
    "steps.web_applications",
]
