-- The profile file of pyprof and pyopt: a SQLite 3 database.  This text is compiled into the programs and run
-- as it stands on a new file.  Counts only ever grow by adding, so recording again into the same file, and
-- merging files, is addition.
--
-- Names:  unit    a code unit (2 bytes) of co_code: the opcode's own, behind its EXTENDED_ARGs
--         key     the content of a code object, hashed: what it does, not where it lives
--         type    module.qualname; "builtins.int+big" is an int of 2**63 or more in size

PRAGMA application_id = 1350127730; -- "PyPr"
PRAGMA user_version = 3;

-- One recording.
CREATE TABLE run (
    id          INTEGER PRIMARY KEY,
    started     TEXT    NOT NULL,     -- UTC, ISO 8601
    host        TEXT    NOT NULL,     -- node name
    python      TEXT    NOT NULL,     -- path of the interpreter
    version     TEXT    NOT NULL,     -- '3.11.2'
    hexversion  INTEGER NOT NULL,     -- sys.hexversion
    soabi       TEXT    NOT NULL,     -- 'cpython-311-x86_64-linux-gnu'
    argv        TEXT    NOT NULL,     -- JSON array: the command as given
    clock       TEXT    NOT NULL,     -- CPU time: 'perf' (user), 'timer' or 'itimer' (user and system);
                                      -- 'outside': timers, and beyond their rate the recorder looks at
                                      -- who holds the GIL while the process uses the CPU, for all but
                                      -- operands of leaves and outcomes;
                                      -- 'attach': rounds from outside;
                                      -- 'import': another sampler's
    rate        REAL    NOT NULL,     -- samples per second of CPU time asked for; rounds made
    seconds     REAL    NOT NULL,     -- how long it ran
    cpu         REAL    NOT NULL,     -- CPU seconds of the command and its children, user and system
    samples     INTEGER NOT NULL,     -- samples counted
    lost        INTEGER NOT NULL,     -- taken but not recorded: no room, or nobody was listening yet;
                                      -- from outside: not taken in time
    unreadable  INTEGER NOT NULL,     -- recorded, but none of their code could be read any more;
                                      -- from outside also: torn, the stack made no sense
    off_gil     INTEGER NOT NULL,     -- of samples: taken while the thread did not hold the GIL; with
                                      -- 'outside' each stands for several, and counts as so many
    no_python   INTEGER NOT NULL,     -- ticks in threads or phases without Python frames
    processes   INTEGER NOT NULL,     -- Python processes sampled
    overhead    REAL    NOT NULL,     -- seconds spent in the signal handler; with 'attach' and --native,
                                      -- for which threads were stopped
    native      INTEGER NOT NULL DEFAULT 0, -- of samples: with the native frames among them (--native)
    native_lost INTEGER NOT NULL DEFAULT 0  -- of samples: without, though they were asked for: no room, or they
                                      -- made no sense beside the Python frames
);

-- Code objects that were running, called or calling, or defined inside one that was; native functions; threads.
CREATE TABLE code (
    id          INTEGER PRIMARY KEY,
    key         TEXT    NOT NULL UNIQUE, -- 32 hexadecimal digits
    module      TEXT,                    -- __name__ of its globals; NULL when never seen running
    filename    TEXT    NOT NULL,        -- native: the library or program
    qualname    TEXT    NOT NULL,        -- native: the symbol, or '+0x1c0' where in the file it begins; thread: its
                                         -- number and name
    firstlineno INTEGER NOT NULL,        -- 0 where there are no lines
    units       INTEGER NOT NULL,        -- length of co_code
    total       INTEGER NOT NULL,        -- samples with it anywhere on the stack
    body        BLOB,                    -- marshalled code object, zstd-compressed; NULL when left out; with
                                         -- locals called '.0', '.1' when their names were
    kind        TEXT    NOT NULL DEFAULT 'python' -- 'python'; 'native': only in table stack; 'thread': the outermost
                                         -- frame of stacks (--threads); 'gone': all code that was freed
                                         -- before it could be read, as that of modules often is
);

-- Samples with the code on top of the stack, by instruction: the innermost Python frame, whatever ran in C below it.
CREATE TABLE self_sample (
    code        INTEGER NOT NULL REFERENCES code,
    unit        INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    PRIMARY KEY (code, unit)
) WITHOUT ROWID;

CREATE TABLE type (
    id          INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE
);

-- Types seen at a place.
CREATE TABLE site_type (
    code        INTEGER NOT NULL REFERENCES code,
    unit        INTEGER NOT NULL,     -- operands of a call are under CALL, never PRECALL; 0 for locals
    slot        INTEGER NOT NULL,     -- operand: depth from the top of the stack before the instruction;
                                      -- 1000 + i: local i
    type        INTEGER NOT NULL REFERENCES type,
    n           INTEGER NOT NULL,
    PRIMARY KEY (code, unit, slot, type)
) WITHOUT ROWID;

-- What was called from where.
CREATE TABLE callee (
    code        INTEGER NOT NULL REFERENCES code,
    unit        INTEGER NOT NULL,     -- CALL, or the instruction that ran Python code by itself
    callee      INTEGER NOT NULL,     -- code.id of a Python function; 0 otherwise
    name        TEXT    NOT NULL,     -- its qualname, or 'builtins.len'
    n           INTEGER NOT NULL,     -- times seen being called: proportional to calls
    below       INTEGER NOT NULL,     -- samples with the callee running below: proportional to its time
    PRIMARY KEY (code, unit, callee, name)
) WITHOUT ROWID;

-- Odds of conditional jumps, inferred from self_sample and outcome; replaced as a whole when samples are added.
CREATE TABLE branch (
    code        INTEGER NOT NULL REFERENCES code,
    unit        INTEGER NOT NULL,
    taken       REAL    NOT NULL,     -- probability that the jump is taken; for FOR_ITER: exhausted
    low         REAL    NOT NULL,     -- 95 % interval
    high        REAL    NOT NULL,
    weight      REAL    NOT NULL,     -- samples' worth of evidence
    PRIMARY KEY (code, unit)
) WITHOUT ROWID;

-- How often exceptions are raised and caught, inferred as the odds of branch are, and replaced with them.  Good to a
-- factor of two; low and high tell more.
CREATE TABLE raised (
    code        INTEGER NOT NULL REFERENCES code,
    unit        INTEGER NOT NULL,     -- PUSH_EXC_INFO: where a handler (except, finally, with) begins;
                                      -- RAISE_VARARGS: a raise statement
    part        REAL    NOT NULL,     -- handler: of the times that what it guards was entered, how many ended in it;
                                      -- raise: of the function's calls, how many came there
    low         REAL    NOT NULL,     -- 95 % interval
    high        REAL    NOT NULL,
    weight      REAL    NOT NULL,     -- samples' worth of evidence
    PRIMARY KEY (code, unit)
) WITHOUT ROWID;

-- Conditional jumps met with their condition on the stack: branch outcomes seen directly.
CREATE TABLE outcome (
    code        INTEGER NOT NULL REFERENCES code,
    unit        INTEGER NOT NULL,
    taken       INTEGER NOT NULL,     -- 1: the jump was about to be taken, 0: not
    n           INTEGER NOT NULL,
    PRIMARY KEY (code, unit, taken)
) WITHOUT ROWID;

-- What the interpreter's own inline caches said when they were looked at.
CREATE TABLE quick (
    code        INTEGER NOT NULL REFERENCES code,
    unit        INTEGER NOT NULL,
    opname      TEXT    NOT NULL,     -- 'BINARY_OP_ADD_FLOAT', 'LOAD_ATTR_ADAPTIVE'
    seen        INTEGER NOT NULL,     -- looks that found it so
    misses      INTEGER NOT NULL,     -- failed guards, as far as its counter told
    PRIMARY KEY (code, unit, opname)
) WITHOUT ROWID;

-- The tree of stacks: a node is a frame below its parent (its caller), of Python, native, or a thread.
CREATE TABLE stack (
    id          INTEGER PRIMARY KEY,
    parent      INTEGER NOT NULL,     -- stack.id, 0 for an outermost frame
    code        INTEGER NOT NULL REFERENCES code,
    unit        INTEGER NOT NULL,
    n           INTEGER NOT NULL,     -- samples that ended here
    UNIQUE (parent, code, unit)
);

-- How classes that were seen lay out their instances.
CREATE TABLE layout (
    type        INTEGER NOT NULL REFERENCES type,
    kind        TEXT    NOT NULL,     -- 'key': shared-key attribute, position is its inline-value index;
                                      -- 'slot': __slots__ member, position is its byte offset
    position    INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    PRIMARY KEY (type, kind, position)
) WITHOUT ROWID;

-- The usual questions.
CREATE VIEW hottest_functions AS
    SELECT c.qualname, c.module, c.filename, c.firstlineno, coalesce(s.n, 0) AS self, c.total,
           round(100.0 * coalesce(s.n, 0) / (SELECT max(1, sum(n)) FROM self_sample), 2) AS self_percent
    FROM code c LEFT JOIN (SELECT code, sum(n) AS n FROM self_sample GROUP BY code) s ON s.code = c.id
    WHERE c.total > 0 AND c.kind IN ('python', 'gone') ORDER BY self DESC, c.total DESC;

CREATE VIEW hottest_native AS
    SELECT c.qualname AS symbol, c.filename, sum(s.n) AS self, c.total,
           round(100.0 * sum(s.n) / (SELECT max(1, sum(native)) FROM run), 2) AS self_percent
    FROM code c JOIN stack s ON s.code = c.id WHERE c.kind = 'native' GROUP BY c.id
    ORDER BY self DESC, c.total DESC;

CREATE VIEW most_polymorphic_sites AS
    SELECT c.qualname, s.unit, s.slot, count(*) AS types, sum(s.n) AS seen,
           group_concat(t.name || ':' || s.n, ' ') AS what
    FROM site_type s JOIN code c ON c.id = s.code JOIN type t ON t.id = s.type
    GROUP BY s.code, s.unit, s.slot HAVING count(*) > 1 ORDER BY types DESC, seen DESC;

CREATE VIEW branch_table AS
    SELECT c.qualname, c.filename, c.firstlineno, b.unit, b.taken, b.low, b.high, b.weight
    FROM branch b JOIN code c ON c.id = b.code ORDER BY b.weight DESC;

CREATE VIEW exceptions AS
    SELECT c.qualname, c.filename, c.firstlineno, r.unit, r.part, r.low, r.high, r.weight
    FROM raised r JOIN code c ON c.id = r.code ORDER BY r.weight * r.part DESC;

CREATE VIEW callers_of AS
    SELECT k.name AS callee, c.qualname AS caller, c.filename, k.unit, k.n, k.below
    FROM callee k JOIN code c ON c.id = k.code ORDER BY k.name, k.below DESC, k.n DESC;
