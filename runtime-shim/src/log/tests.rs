use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, UNIX_EPOCH};

use super::line::{line, printable, rfc3339};
use super::*;

#[test]
fn times() {
    let rows = [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (951_868_800, "2000-03-01T00:00:00Z"),
        (1_000_000_000, "2001-09-09T01:46:40Z"),
        (1_709_164_800, "2024-02-29T00:00:00Z"),
        (1_735_689_599, "2024-12-31T23:59:59Z"),
        (1_735_689_600, "2025-01-01T00:00:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ];
    for (seconds, expected) in rows {
        assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
    }
    assert_eq!(rfc3339(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00Z");
}

#[test]
fn escapes() {
    let rows = [
        ("plain ünïcode \"quoted\" \\", "plain ünïcode \"quoted\" \\"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\u{1b}[31m\0\u{7f}\u{9b}", "\\u{1b}[31m\\u{0}\\u{7f}\\u{9b}"),
        ("\u{202e}\u{2066}\u{2028}\u{feff}", "\\u{202e}\\u{2066}\\u{2028}\\u{feff}"),
    ];
    for (text, expected) in rows {
        assert_eq!(printable(text), expected);
    }
    let long = printable(&"ä".repeat(100_000));
    assert!(long.len() < 9_000 && long.ends_with("ä…"), "{} bytes", long.len());
}

#[test]
fn lines() {
    let fields = [("stage", "a\"b".to_owned())];
    let none: &[(&str, String)] = &[];
    let rows = [
        (
            Format::Text,
            Level::ERROR,
            "no",
            none,
            "time=\"1970-01-01T00:00:00Z\" level=error msg=\"no\"\n",
        ),
        (
            Format::Text,
            Level::WARN,
            "a \"b\"\n\\",
            &fields[..],
            "time=\"1970-01-01T00:00:00Z\" level=warning msg=\"a \\\"b\\\"\\\\n\\\\\" stage=\"a\\\"b\"\n",
        ),
        (
            Format::Json,
            Level::ERROR,
            "no",
            none,
            "{\"level\":\"error\",\"msg\":\"no\",\"time\":\"1970-01-01T00:00:00Z\"}\n",
        ),
        (
            Format::Json,
            Level::INFO,
            "a \"b\"\n\\",
            &fields[..],
            "{\"level\":\"info\",\"msg\":\"a \\\"b\\\"\\\\n\\\\\",\"time\":\"1970-01-01T00:00:00Z\",\"stage\":\"a\\\"b\"}\n",
        ),
    ];
    for (format, level, message, fields, expected) in rows {
        assert_eq!(line(format, UNIX_EPOCH, level, message, fields), expected);
    }
}

#[test]
fn json_is_read_back() {
    let message: String = (0..0x3000_u32).filter_map(char::from_u32).collect();
    for chunk in message.as_bytes().chunks(4000).map(String::from_utf8_lossy) {
        let text = line(Format::Json, UNIX_EPOCH, Level::ERROR, &chunk, &[]);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["msg"], printable(&chunk));
    }
}

#[test]
fn which_file() {
    let rows = [
        ("/l", Some("/l")),
        ("l", Some("l")),
        ("file:/l", Some("/l")),
        ("", None),
        ("file:", None),
        ("/dev/null", None),
        ("journald:id", None),
        ("syslog:id", None),
        ("/journald:id", Some("/journald:id")),
    ];
    for (option, expected) in rows {
        assert_eq!(path_of(OsStr::new(option)).as_deref(), expected.map(Path::new), "{option}");
    }
}

/// Emits one event a level, and gives what each file got: level and message.
fn logged(
    globals: Globals,
    configured: Option<(&Path, LevelFilter)>,
    files: &[&Path],
) -> Vec<Vec<String>> {
    let log = Log::new(&globals);
    tracing::subscriber::with_default(ToLog(log.clone()), || {
        if let Some((file, level)) = configured {
            log.configure(Some(file), level);
        }
        tracing::error!(stage = "s", "e");
        tracing::warn!(count = 3, "w");
        tracing::info!("i");
        tracing::debug!("{}", "d");
        tracing::trace!("t");
    });
    let words = |line: &str| line.split_once(' ').unwrap().1.to_owned();
    let read =
        |file: &&Path| fs::read_to_string(file).unwrap_or_default().lines().map(words).collect();
    files.iter().map(read).collect()
}

#[test]
fn levels_and_files() {
    let directory = tempfile::tempdir().unwrap();
    let (a, b) = (directory.path().join("new/dir/a"), directory.path().join("b"));
    let globals = Globals { log: Some(a.as_os_str()), ..Globals::default() };
    let all = [
        "level=error msg=\"gantry-runtime: e\" stage=\"s\"",
        "level=warning msg=\"gantry-runtime: w\" count=\"3\"",
        "level=info msg=\"gantry-runtime: i\"",
        "level=debug msg=\"gantry-runtime: d\"",
        "level=trace msg=\"gantry-runtime: t\"",
    ];
    let rows = [
        (false, None, 3, 0),
        (true, None, 4, 0),
        (false, Some((&*b, LevelFilter::WARN)), 2, 2),
        (false, Some((&*b, LevelFilter::TRACE)), 5, 5),
        (false, Some((&*b, LevelFilter::OFF)), 0, 0),
        (true, Some((&*b, LevelFilter::OFF)), 4, 4),
        (false, Some((&*a, LevelFilter::ERROR)), 1, 0),
    ];
    for (debug, configured, in_a, in_b) in rows {
        let found = logged(Globals { debug, ..globals }, configured, &[&a, &b]);
        assert_eq!(found, [all[..in_a].to_vec(), all[..in_b].to_vec()], "{debug} {configured:?}");
        let _may_be_absent = (fs::remove_file(&a), fs::remove_file(&b));
    }
}

#[test]
fn appends_and_makes() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("log");
    fs::write(&file, "before\n").unwrap();
    let globals = Globals { log: Some(file.as_os_str()), ..Globals::default() };
    Log::new(&globals).append(Level::ERROR, "no", &[], true);
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.starts_with("before\ntime=") && text.ends_with("msg=\"gantry-runtime: no\"\n"),
        "{text}"
    );
    fs::remove_file(&file).unwrap();
    Log::new(&globals).append(Level::ERROR, "no", &[], true);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o133, 0);
}
