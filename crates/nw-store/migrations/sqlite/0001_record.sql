-- The record, first version, for SQLite.
-- Times are microseconds since 1970 in UTC; days are `YYYY-MM-DD`; ids are UUIDs as text.

-- What is now true of each patient, drawn from the append-only tables below.
CREATE TABLE patient (
    id         TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    -- Grows with every change of facts, identity, decisions and merges.
    revision   INTEGER NOT NULL,
    -- Time of the last change of any kind; unique in the whole database.
    changed_at INTEGER NOT NULL,
    identity   TEXT NOT NULL,
    number     TEXT,
    search     TEXT NOT NULL,
    merged_into TEXT REFERENCES patient(id) DEFERRABLE,
    blocked_at INTEGER,
    erased_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX patient_number ON patient(number) WHERE number IS NOT NULL AND merged_into IS NULL;
CREATE INDEX patient_merged ON patient(merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX patient_changed ON patient(changed_at);
CREATE INDEX patient_search ON patient(search, id);

CREATE TABLE revision (
    patient     TEXT NOT NULL REFERENCES patient(id),
    revision    INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT,
    what        TEXT NOT NULL,
    PRIMARY KEY (patient, revision)
) STRICT;

-- Facts as typed. A correction is a new row that names the old one; nothing is changed or taken away.
CREATE TABLE fact (
    id          TEXT PRIMARY KEY,
    patient     TEXT NOT NULL REFERENCES patient(id),
    revision    INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT,
    -- `fact`, or `retraction`: the fact it supersedes was recorded in error.
    kind        TEXT NOT NULL CHECK (kind IN ('fact', 'retraction')),
    fact        TEXT NOT NULL,
    value       TEXT NOT NULL,
    true_on     TEXT,
    known_on    TEXT,
    origin      TEXT NOT NULL,
    supersedes  TEXT REFERENCES fact(id) DEFERRABLE,
    reason      TEXT
) STRICT;
CREATE INDEX fact_patient ON fact(patient, recorded_at);
CREATE INDEX fact_supersedes ON fact(supersedes) WHERE supersedes IS NOT NULL;

-- Everything else in the record that has versions: decisions, tasks, meetings, contact moments.
CREATE TABLE entry (
    id          TEXT NOT NULL,
    version     INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    patient     TEXT REFERENCES patient(id),
    parent      TEXT,
    state       TEXT,
    due         TEXT,
    holder      TEXT,
    assignee    TEXT,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT,
    recorded_name TEXT NOT NULL,
    recorded_role TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;
CREATE INDEX entry_patient ON entry(patient, kind) WHERE patient IS NOT NULL;
CREATE INDEX entry_parent ON entry(parent, kind) WHERE parent IS NOT NULL;
CREATE INDEX entry_open ON entry(kind, state, due);

-- The bytes of documents.
CREATE TABLE content (
    id      TEXT PRIMARY KEY,
    patient TEXT NOT NULL REFERENCES patient(id),
    bytes   BLOB NOT NULL
) STRICT;

CREATE TABLE patient_merge (
    id          TEXT PRIMARY KEY,
    kept        TEXT NOT NULL REFERENCES patient(id),
    absorbed    TEXT NOT NULL REFERENCES patient(id),
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT,
    reason      TEXT NOT NULL
) STRICT;
CREATE INDEX patient_merge_kept ON patient_merge(kept);
CREATE INDEX patient_merge_absorbed ON patient_merge(absorbed);

CREATE TABLE patient_unmerge (
    merge       TEXT PRIMARY KEY REFERENCES patient_merge(id),
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT,
    reason      TEXT NOT NULL
) STRICT;

-- Leave to erase: without a row here nothing of a patient can be deleted.
CREATE TABLE erasure (
    patient     TEXT PRIMARY KEY REFERENCES patient(id),
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT,
    reason      TEXT NOT NULL
) STRICT;

CREATE TABLE account (
    id            TEXT PRIMARY KEY,
    login         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    organisation  TEXT NOT NULL,
    roles         TEXT NOT NULL,
    language      TEXT NOT NULL,
    -- Who a hospital's identity provider says it is: issuer and subject.
    subject       TEXT UNIQUE,
    password      TEXT,
    totp          BLOB,
    totp_pending  BLOB,
    totp_step     INTEGER NOT NULL,
    failures      INTEGER NOT NULL,
    locked_until  INTEGER,
    disabled_at   INTEGER,
    created_at    INTEGER NOT NULL,
    version       INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
    token      BLOB PRIMARY KEY,
    account    TEXT NOT NULL REFERENCES account(id),
    role       TEXT NOT NULL,
    strong     INTEGER NOT NULL,
    note       TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    idle       INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_account ON session(account);
CREATE INDEX session_expires ON session(expires_at);

-- Links that work once: the first administrator, an invitation, a new password.
CREATE TABLE ticket (
    token      BLOB PRIMARY KEY,
    kind       TEXT NOT NULL,
    account    TEXT REFERENCES account(id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE setting (
    name        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    value       TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT,
    PRIMARY KEY (name, version)
) STRICT;

-- Answers already given, so that the same request asked again gets the same answer and is done once.
CREATE TABLE answered (
    asker       TEXT NOT NULL,
    request     TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    answer      TEXT NOT NULL,
    patient     TEXT,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (asker, request)
) STRICT;
CREATE INDEX answered_at ON answered(recorded_at);

-- Who did what with whose record, and why (NEN 7513). Each entry carries the fingerprint of the one before it.
CREATE TABLE audit_entry (
    seq          INTEGER PRIMARY KEY,
    event        TEXT NOT NULL,
    at           INTEGER NOT NULL,
    action       TEXT NOT NULL,
    object_kind  TEXT NOT NULL,
    object       TEXT,
    patient      TEXT,
    outcome      TEXT NOT NULL,
    cause        TEXT,
    actor        TEXT,
    actor_name   TEXT NOT NULL,
    role         TEXT NOT NULL,
    organisation TEXT NOT NULL,
    purpose      TEXT NOT NULL,
    basis        TEXT NOT NULL,
    reason       TEXT,
    source       TEXT NOT NULL,
    access_point TEXT,
    detail       TEXT,
    prev         BLOB NOT NULL,
    hash         BLOB NOT NULL
) STRICT;
CREATE INDEX audit_patient ON audit_entry(patient, seq) WHERE patient IS NOT NULL;
CREATE INDEX audit_actor ON audit_entry(actor, seq) WHERE actor IS NOT NULL;
CREATE INDEX audit_time ON audit_entry(at);

-- Patients whom an entry about a list names; drawn from its detail, to be found under each of them.
CREATE TABLE audit_listed (
    seq     INTEGER NOT NULL REFERENCES audit_entry(seq),
    patient TEXT NOT NULL,
    PRIMARY KEY (patient, seq)
) STRICT;

-- How far the chain goes, so that entries missing at its end are noticed.
CREATE TABLE audit_head (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  INTEGER NOT NULL,
    at   INTEGER NOT NULL,
    hash BLOB NOT NULL,
    -- HMAC-SHA-256 of the head under the key of the audit log, when the program has one.
    seal BLOB
) STRICT;
INSERT INTO audit_head (id, seq, at, hash, seal) VALUES (1, 0, 0, zeroblob(32), NULL);

CREATE TRIGGER fact_is_kept BEFORE UPDATE ON fact BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER fact_stays BEFORE DELETE ON fact
    WHEN NOT EXISTS (SELECT 1 FROM erasure WHERE patient = OLD.patient)
    BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER entry_is_kept BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER entry_stays BEFORE DELETE ON entry
    WHEN OLD.patient IS NULL OR NOT EXISTS (SELECT 1 FROM erasure WHERE patient = OLD.patient)
    BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER content_is_kept BEFORE UPDATE ON content BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER content_stays BEFORE DELETE ON content
    WHEN NOT EXISTS (SELECT 1 FROM erasure WHERE patient = OLD.patient)
    BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER revision_is_kept BEFORE UPDATE ON revision BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER revision_stays BEFORE DELETE ON revision BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER patient_stays BEFORE DELETE ON patient BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER merge_is_kept BEFORE UPDATE ON patient_merge BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER merge_stays BEFORE DELETE ON patient_merge BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER unmerge_is_kept BEFORE UPDATE ON patient_unmerge BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER unmerge_stays BEFORE DELETE ON patient_unmerge BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER erasure_is_kept BEFORE UPDATE ON erasure BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER erasure_stays BEFORE DELETE ON erasure BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER setting_is_kept BEFORE UPDATE ON setting BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER setting_stays BEFORE DELETE ON setting BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_is_kept BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'append-only'); END;
