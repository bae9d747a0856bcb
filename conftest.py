"""Pytest's side: Recette's own plugin, and what the document's sentences do."""

pytest_plugins = [
    "pytest_recette.plugin",
    "steps.backups",
    "steps.certificates",
    "steps.configuration",
    "steps.desktops",
    "steps.direct_access",
    "steps.downloads",
    "steps.event_log",
    "steps.federation",
    "steps.ground",
    "steps.impact.recorded",  # before those that import it: pytest rewrites plugins as they are imported
    "steps.impact.interruptions",
    "steps.impact.order",
    "steps.impact.releases",
    "steps.impact.sessions",
    "steps.impact.windows",
    "steps.kept_recordings",
    "steps.lasting_sessions",
    "steps.portal",
    "steps.qualification",
    "steps.repositories",
    "steps.system_console",
    "steps.versions",
    "steps.web_applications",
]
