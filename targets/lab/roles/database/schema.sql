CREATE TABLE IF NOT EXISTS accounts (
    domain text NOT NULL,
    login text NOT NULL,
    password_hash text,
    refusals integer NOT NULL DEFAULT 0,
    refused_at timestamptz,
    PRIMARY KEY (domain, login)
);
CREATE TABLE IF NOT EXISTS memberships (
    domain text NOT NULL,
    login text NOT NULL,
    group_name text NOT NULL,
    PRIMARY KEY (domain, login, group_name),
    FOREIGN KEY (domain, login) REFERENCES accounts ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS applications (
    name text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('web', 'rdp', 'html5')),
    resource text NOT NULL
);
CREATE TABLE IF NOT EXISTS application_groups (
    application text NOT NULL REFERENCES applications ON DELETE CASCADE,
    group_name text NOT NULL,
    PRIMARY KEY (application, group_name)
);
CREATE TABLE IF NOT EXISTS gateways (
    host text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('edge', 'html5'))
);
CREATE TABLE IF NOT EXISTS sessions (
    id text PRIMARY KEY,
    domain text NOT NULL,
    login text NOT NULL,
    groups text[] NOT NULL,
    password bytea,
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (domain, login) REFERENCES accounts ON DELETE CASCADE
);
