-- The record, first version, for PostgreSQL.
-- Times are microseconds since 1970 in UTC; days are `YYYY-MM-DD`; ids are UUIDs as text.

-- What is now true of each patient, drawn from the append-only tables below.
CREATE TABLE patient (
    id         TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    -- Grows with every change of facts, identity, decisions and merges.
    revision   BIGINT NOT NULL,
    -- Time of the last change of any kind; unique in the whole database.
    changed_at BIGINT NOT NULL,
    identity   TEXT NOT NULL,
    number     TEXT,
    search     TEXT NOT NULL,
    merged_into TEXT REFERENCES patient(id) DEFERRABLE,
    blocked_at BIGINT,
    erased_at  BIGINT
);
CREATE UNIQUE INDEX patient_number ON patient(number) WHERE number IS NOT NULL AND merged_into IS NULL;
CREATE INDEX patient_merged ON patient(merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX patient_changed ON patient(changed_at);
CREATE INDEX patient_search ON patient(search, id);

CREATE TABLE revision (
    patient     TEXT NOT NULL REFERENCES patient(id),
    revision    BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT,
    what        TEXT NOT NULL,
    PRIMARY KEY (patient, revision)
);

-- Facts as typed. A correction is a new row that names the old one; nothing is changed or taken away.
CREATE TABLE fact (
    id          TEXT PRIMARY KEY,
    patient     TEXT NOT NULL REFERENCES patient(id),
    revision    BIGINT NOT NULL,
    position    BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
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
);
CREATE INDEX fact_patient ON fact(patient, recorded_at);
CREATE INDEX fact_supersedes ON fact(supersedes) WHERE supersedes IS NOT NULL;

-- Everything else in the record that has versions: decisions, tasks, meetings, contact moments.
CREATE TABLE entry (
    id          TEXT NOT NULL,
    version     BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    patient     TEXT REFERENCES patient(id),
    parent      TEXT,
    state       TEXT,
    due         TEXT,
    holder      TEXT,
    assignee    TEXT,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT,
    recorded_name TEXT NOT NULL,
    recorded_role TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (id, version)
);
CREATE INDEX entry_patient ON entry(patient, kind) WHERE patient IS NOT NULL;
CREATE INDEX entry_parent ON entry(parent, kind) WHERE parent IS NOT NULL;
CREATE INDEX entry_open ON entry(kind, state, due);

-- The bytes of documents.
CREATE TABLE content (
    id      TEXT PRIMARY KEY,
    patient TEXT NOT NULL REFERENCES patient(id),
    bytes   BYTEA NOT NULL
);

CREATE TABLE patient_merge (
    id          TEXT PRIMARY KEY,
    kept        TEXT NOT NULL REFERENCES patient(id),
    absorbed    TEXT NOT NULL REFERENCES patient(id),
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT,
    reason      TEXT NOT NULL
);
CREATE INDEX patient_merge_kept ON patient_merge(kept);
CREATE INDEX patient_merge_absorbed ON patient_merge(absorbed);

CREATE TABLE patient_unmerge (
    merge       TEXT PRIMARY KEY REFERENCES patient_merge(id),
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT,
    reason      TEXT NOT NULL
);

-- Leave to erase: without a row here nothing of a patient can be deleted.
CREATE TABLE erasure (
    patient     TEXT PRIMARY KEY REFERENCES patient(id),
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT,
    reason      TEXT NOT NULL
);

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
    totp          BYTEA,
    totp_pending  BYTEA,
    totp_step     BIGINT NOT NULL,
    failures      BIGINT NOT NULL,
    locked_until  BIGINT,
    disabled_at   BIGINT,
    created_at    BIGINT NOT NULL,
    version       BIGINT NOT NULL
);

CREATE TABLE session (
    token      BYTEA PRIMARY KEY,
    account    TEXT NOT NULL REFERENCES account(id),
    role       TEXT NOT NULL,
    strong     BIGINT NOT NULL,
    note       TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    idle       BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_account ON session(account);
CREATE INDEX session_expires ON session(expires_at);

-- Links that work once: the first administrator, an invitation, a new password.
CREATE TABLE ticket (
    token      BYTEA PRIMARY KEY,
    kind       TEXT NOT NULL,
    account    TEXT REFERENCES account(id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE setting (
    name        TEXT NOT NULL,
    version     BIGINT NOT NULL,
    value       TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT,
    PRIMARY KEY (name, version)
);

-- Answers already given, so that the same request asked again gets the same answer and is done once.
CREATE TABLE answered (
    asker       TEXT NOT NULL,
    request     TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    answer      TEXT NOT NULL,
    patient     TEXT,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (asker, request)
);
CREATE INDEX answered_at ON answered(recorded_at);

-- Who did what with whose record, and why (NEN 7513). Each entry carries the fingerprint of the one before it.
CREATE TABLE audit_entry (
    seq          BIGINT PRIMARY KEY,
    event        TEXT NOT NULL,
    at           BIGINT NOT NULL,
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
    prev         BYTEA NOT NULL,
    hash         BYTEA NOT NULL
);
CREATE INDEX audit_patient ON audit_entry(patient, seq) WHERE patient IS NOT NULL;
CREATE INDEX audit_actor ON audit_entry(actor, seq) WHERE actor IS NOT NULL;
CREATE INDEX audit_time ON audit_entry(at);

-- Patients whom an entry about a list names; drawn from its detail, to be found under each of them.
CREATE TABLE audit_listed (
    seq     BIGINT NOT NULL REFERENCES audit_entry(seq),
    patient TEXT NOT NULL,
    PRIMARY KEY (patient, seq)
);

-- How far the chain goes, so that entries missing at its end are noticed.
CREATE TABLE audit_head (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    seq  BIGINT NOT NULL,
    at   BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    -- HMAC-SHA-256 of the head under the key of the audit log, when the program has one.
    seal BYTEA
);
INSERT INTO audit_head (id, seq, at, hash, seal) VALUES (1, 0, 0, decode(repeat('00', 32), 'hex'), NULL);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only';
END $$;

-- What belongs to a patient may go once there is leave to erase that patient.
CREATE FUNCTION refuse_unless_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.patient IS NULL OR NOT EXISTS (SELECT 1 FROM erasure WHERE patient = OLD.patient) THEN
        RAISE EXCEPTION 'append-only';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER fact_is_kept BEFORE UPDATE ON fact FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fact_stays BEFORE DELETE ON fact FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased();
CREATE TRIGGER entry_is_kept BEFORE UPDATE ON entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_stays BEFORE DELETE ON entry FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased();
CREATE TRIGGER content_is_kept BEFORE UPDATE ON content FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER content_stays BEFORE DELETE ON content FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased();
CREATE TRIGGER patient_stays BEFORE DELETE ON patient FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER revision_is_kept BEFORE UPDATE OR DELETE ON revision FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER merge_is_kept BEFORE UPDATE OR DELETE ON patient_merge FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER unmerge_is_kept BEFORE UPDATE OR DELETE ON patient_unmerge FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasure_is_kept BEFORE UPDATE OR DELETE ON erasure FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER setting_is_kept BEFORE UPDATE OR DELETE ON setting FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fact_is_not_emptied BEFORE TRUNCATE ON fact FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_is_not_emptied BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER content_is_not_emptied BEFORE TRUNCATE ON content FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER patient_is_not_emptied BEFORE TRUNCATE ON patient FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER revision_is_not_emptied BEFORE TRUNCATE ON revision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER patient_merge_is_not_emptied BEFORE TRUNCATE ON patient_merge FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER patient_unmerge_is_not_emptied BEFORE TRUNCATE ON patient_unmerge FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasure_is_not_emptied BEFORE TRUNCATE ON erasure FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER setting_is_not_emptied BEFORE TRUNCATE ON setting FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entry_is_not_emptied BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
