{% macro text(value) %}{% if value is none %}NULL{% else %}'{{ value | replace("'", "''") }}'{% endif %}{% endmacro %}
systemctl restart postgresql
runuser -u postgres -- psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 <<'SQL'
SELECT 'CREATE ROLE cleanroom LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cleanroom') \gexec
SELECT 'CREATE ROLE recette LOGIN CREATEDB' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'recette') \gexec
ALTER ROLE cleanroom PASSWORD {{ text(owner_password) }};
SELECT 'CREATE DATABASE org_main OWNER cleanroom' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'org_main') \gexec
\connect org_main
SET ROLE cleanroom;
{{ schema }}
{% for account in accounts %}
INSERT INTO accounts (domain, login, password_hash)
VALUES ({{ text(account.domain) }}, {{ text(account.login) }}, {{ text(account.password_hash) }}) ON CONFLICT DO NOTHING;
{% for group in account.groups %}
INSERT INTO memberships VALUES ({{ text(account.domain) }}, {{ text(account.login) }}, {{ text(group) }}) ON CONFLICT DO NOTHING;
{% endfor %}
{% endfor %}
{% for application in applications %}
INSERT INTO applications VALUES ({{ text(application.name) }}, {{ text(application.kind) }}, {{ text(application.resource) }}) ON CONFLICT DO NOTHING;
{% for group in application.groups %}
INSERT INTO application_groups VALUES ({{ text(application.name) }}, {{ text(group) }}) ON CONFLICT DO NOTHING;
{% endfor %}
{% endfor %}
{% for host, kind in gateways %}
INSERT INTO gateways VALUES ({{ text(host) }}, {{ text(kind) }}) ON CONFLICT DO NOTHING;
{% endfor %}
SQL
