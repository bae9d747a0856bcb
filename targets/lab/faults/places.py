"""Where things lie on the lab's machines, as several areas of the catalogue need them."""

CONTROLLERS = ("mc1", "mc2")
GATEWAYS = ("eg1", "eg2")
PORTAL_CODE = "/usr/lib/python3/dist-packages/cleanroom_portal"
PORTAL_SITE = "/etc/apache2/sites-available/ipdiva-portal.conf"
HAPROXY = "/usr/share/ipdiva/edge-gateway/haproxy.cfg"
SHIBBOLETH = "/etc/shibboleth/shibboleth2.xml"
SESSION = "/etc/xrdp/startwm.sh"
AGENT_SETTINGS = "/etc/ipdiva/recording-agent"
