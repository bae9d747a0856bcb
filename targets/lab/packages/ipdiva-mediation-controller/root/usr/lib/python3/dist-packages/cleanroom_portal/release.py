"""The release of this code: what a running process shows, which after a forgotten restart is the old one."""

RELEASE = "@VERSION@"
