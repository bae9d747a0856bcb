"""Where mod_wsgi finds the portal."""

from cleanroom_portal.app import create

application = create()
