//! Queries in SQL that would take much memory or time: each ends, within its memory.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, setrlimit};
use orchestra_store::maintenance::sql::{SqlLimits, query};
use orchestra_store::{ErrorCode, Store, StoreConfig};

use crate::support::{child_argument, child_process};

/// Queries, each of which took long, or much memory, or could. A line more is a query more.
const NASTY: &[&str] = &[
    "SELECT instr(hex(zeroblob(400000000)), 'x')",
    "SELECT length(hex(hex(hex(hex(zeroblob(100000))))))",
    "SELECT instr(hex(zeroblob(1200000)), substr(hex(zeroblob(600000)), 2) || 'x')",
    "SELECT instr(zeroblob(2400000), CAST(CAST(zeroblob(1200000) AS TEXT) || 'x' AS BLOB))",
    "SELECT length(replace(hex(zeroblob(1200000)), substr(hex(zeroblob(700000)), 2) || 'x', ''))",
    "SELECT length(replace(hex(zeroblob(1200000)), '0', hex(zeroblob(1000))))",
    "SELECT length(trim(hex(zeroblob(1200000)), replace(hex(zeroblob(100000)), '0', 'é') || '0'))",
    "SELECT length(unhex(hex(zeroblob(1200000)), hex(zeroblob(1200000))))",
    "SELECT hex(zeroblob(1200000)) LIKE '%' || substr(hex(zeroblob(80)), 2) || 'x'",
    "SELECT hex(zeroblob(1200000)) LIKE '%' || replace(hex(zeroblob(75)), '0', '_') || 'x'",
    "SELECT hex(zeroblob(1200000)) LIKE replace(hex(zeroblob(25)), '0', '%0_') || 'x'",
    "SELECT hex(zeroblob(1200000)) GLOB '*' || replace(hex(zeroblob(15)), '0', '[0-9]') || 'x'",
    "SELECT 'a' LIKE hex(zeroblob(1000000))",
    "SELECT length(randomblob(2000000000))",
    "SELECT length(zeroblob(1000000000) || 'x')",
    "SELECT length(printf('%.*c', 1000000000, 'x'))",
    "SELECT length(printf('%.900000000f', 1.0))",
    "SELECT length(printf('%2000000000s', 'x'))",
    "SELECT length(strftime(printf('%.*c', 4000000, 'x') || '%J', 'now'))",
    "SELECT length(group_concat(hex(zeroblob(100000)))) FROM {endless}",
    "SELECT group_concat(hex(zeroblob(100000))) OVER (ORDER BY i) FROM {endless}",
    "SELECT sum(length(x)) FROM (SELECT group_concat(hex(zeroblob(50000))) OVER (ORDER BY i ROWS 30 PRECEDING) x \
     FROM {endless} LIMIT 100000)",
    "SELECT length(json_group_array(hex(zeroblob(100000)))) FROM {endless}",
    "SELECT length(json_group_object(i, hex(zeroblob(100000)))) FROM {endless}",
    "SELECT length(json_pretty(replace(hex(zeroblob(400)), '0', '[') || 1 || replace(hex(zeroblob(400)), '0', ']'), \
     hex(zeroblob(1000000))))",
    "SELECT length(json_patch('[]', '[]'))",
    "SELECT length(json_array({x 30})) FROM (SELECT replace(hex(zeroblob(1000000)), '0', char(1)) x)",
    "SELECT length(json_object({x 30})) FROM (SELECT replace(hex(zeroblob(30000)), '0', char(1)) x)",
    "SELECT length(json_quote(replace(hex(zeroblob(2000000)), '0', char(1))))",
    "SELECT length(concat({x 32})) FROM (SELECT hex(zeroblob(1000000)) x)",
    "SELECT length(json_insert('[]', {'$[#]', x 15})) FROM (SELECT hex(zeroblob(1000000)) x)",
    "SELECT count(*) FROM json_each('[' || replace(hex(zeroblob(1000000)), '0', '1,') || '1]')",
    "SELECT count(*) FROM json_tree(replace(hex(zeroblob(400)), '0', '[') || 1 || replace(hex(zeroblob(400)), '0', ']'))",
    "SELECT count(*) FROM {endless}",
    "SELECT i FROM {endless} ORDER BY i DESC",
    "SELECT hex(randomblob(20000)) x FROM {endless} ORDER BY x",
    "SELECT count(DISTINCT hex(randomblob(2000))) FROM {endless}",
    "SELECT count(*) FROM (SELECT hex(randomblob(2000)) FROM {endless} UNION SELECT hex(randomblob(2000)) FROM {endless})",
    "SELECT hex(zeroblob(100000)) FROM {endless}",
    "SELECT i FROM {endless}",
    "WITH RECURSIVE n (x) AS (SELECT 'x' UNION ALL SELECT x || x FROM n) SELECT max(length(x)) FROM n",
    "WITH RECURSIVE n (x) AS (SELECT hex(randomblob(50000)) UNION SELECT hex(randomblob(50000)) FROM n) \
     SELECT count(*) FROM n",
    "SELECT count(*) FROM {endless} a, {endless} b, {endless} c ORDER BY a.i * b.i",
    "SELECT a.name || b.name || c.name || d.name x FROM {columns} a, {columns} b, {columns} c, {columns} d ORDER BY x DESC",
    "SELECT row_number() OVER (PARTITION BY i % 7 ORDER BY i DESC), ntile(4) OVER (ORDER BY i) FROM {endless}",
    "SELECT {hex(randomblob(500000)) 400}",
    "SELECT {length(hex(randomblob(500000))) 450}",
    "SELECT length({hex(randomblob(900000)) 180 ||})",
    "SELECT {(SELECT count(*) FROM (SELECT DISTINCT hex(randomblob(100)) FROM {endless} LIMIT 20000)) 200 +}",
    "SELECT {i 600} FROM {endless}",
    "SELECT {1 5000 +}",
    "SELECT {1 400  UNION ALL SELECT }",
    "SELECT 1 WHERE 1 IN ({1 200000})",
    "WITH a AS (SELECT 1 FROM {(VALUES(1)) 40}), b AS (SELECT 1 FROM {a 40}), c AS (SELECT 1 FROM {b 40}), \
     d AS (SELECT 1 FROM {c 40}) SELECT count(*) FROM {d 40}",
    "WITH a AS NOT MATERIALIZED (SELECT 1 x), b AS NOT MATERIALIZED (SELECT x FROM a UNION ALL SELECT x FROM a), \
     c AS NOT MATERIALIZED (SELECT x FROM b UNION ALL SELECT x FROM b UNION ALL SELECT x FROM b), \
     d AS NOT MATERIALIZED (SELECT {(SELECT max(x) FROM c) 60 +} x), \
     e AS NOT MATERIALIZED (SELECT {(SELECT max(x) FROM d) 60 +} x) SELECT {(SELECT max(x) FROM e) 60 +} x",
    "SELECT * FROM pragma_integrity_check, {endless}",
];

const ENDLESS: &str =
    "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)";
const COLUMNS: &str = "(SELECT i.name FROM pragma_table_list, pragma_table_info('Tasks') i)";

/// Writes out what is in braces: `{endless}`, `{columns}`, and `{part 30 +}`, which is `part` 30 times, with `+` or else
/// a comma in between.
fn written_out(query: &str) -> String {
    let query = query
        .replace("{endless}", ENDLESS)
        .replace("{columns}", COLUMNS);
    let (Some(begin), Some(end)) = (query.find('{'), query.rfind('}')) else {
        return query;
    };
    let repeated = |part: &str| {
        let at = part
            .match_indices(' ')
            .map(|(at, _)| at)
            .rfind(|&at| part[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
        let (what, times) = part.split_at(at.unwrap());
        let times = times.trim_start();
        let digits = times.find(' ').unwrap_or(times.len());
        let between = match times[digits..].trim_start_matches(' ') {
            "" => ",",
            _ => &times[digits..],
        };
        vec![what; times[..digits].parse().unwrap()].join(between)
    };
    // Braces aren't nested once the names are replaced, and each query has one pair or several.
    let mut written = query[..begin].to_owned();
    let mut rest = &query[begin..=end];
    while let Some(begin) = rest.find('{') {
        let end = begin + rest[begin..].find('}').unwrap();
        written.push_str(&rest[..begin]);
        written.push_str(&repeated(&rest[begin + 1..end]));
        rest = &rest[end + 1..];
    }
    written + rest + &query[end + 1..]
}

#[test]
fn a_query_ends_within_its_memory_whatever_it_asks_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orchestra.db");
    Store::open(StoreConfig::new(&path))
        .unwrap()
        .close()
        .unwrap();
    for (number, query) in NASTY.iter().enumerate() {
        let body = "sql_limits::body_of_a_process_with_little_memory";
        let argument = format!("{number} {}", path.display());
        let output = child_process(body, &argument).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{query}: {printed}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let told = printed.lines().find(|line| line.starts_with("ended "));
        println!(
            "{}: {}",
            told.unwrap_or("told nothing"),
            &query[..query.len().min(100)]
        );
        assert!(told.is_some(), "{query}: {printed}");
    }
}

#[test]
fn body_of_a_process_with_little_memory() {
    let Some(argument) = child_argument() else {
        return;
    };
    let (number, path) = argument.split_once(' ').unwrap();
    let nasty = written_out(NASTY[number.parse::<usize>().unwrap()]);
    let store = Store::open(StoreConfig::new(Path::new(path))).unwrap();
    setrlimit(Resource::RLIMIT_AS, 1 << 30, 1 << 30).unwrap();
    let limits = SqlLimits {
        time: Duration::from_secs(1),
        rows: usize::MAX,
        ..SqlLimits::default()
    };
    let started = Instant::now();
    let answer = query(&store, &nasty, &[], &limits);
    let took = started.elapsed();
    let code = match &answer {
        Ok(answer) => format!("{} rows", answer.rows.len()),
        Err(error) => {
            let code = error.code();
            assert!(
                matches!(code, ErrorCode::Timeout | ErrorCode::LimitExceeded),
                "{error}"
            );
            error.to_string()
        }
    };
    let peak = peak();
    println!(
        "\nended in {} ms with {} MiB: {code}",
        took.as_millis(),
        peak >> 20
    );
    assert!(peak < 256 << 20, "{peak} bytes: {nasty:.200}");
}

/// Returns the most memory that this process ever had, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<u64>().unwrap() << 10
}
