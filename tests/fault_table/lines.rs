//! Faults of lines and their fields.

use std::fs::File;
use std::io::{BufWriter, Write};

use super::{Outcome, Place, Row, ensure, log, requests, row, scanned, total};
use crate::logs::{self, Dice, Hit, Writing};
use crate::program::{keytrace, of_type, parsed, spawned};

pub(super) const ROWS: &[Row] = &[
    row("F09", "a line of hundreds of megabytes", enormous),
    row("F10", "a record forged by length", forged),
    row("F11", "blocks of zero bytes", zeros),
    row("F12", "carriage returns, and no line feed at the end", ends),
    row("F13", "UTF-16, and marks of byte order", wide),
    row("F14", "bytes that are no UTF-8", bytes),
    row("F24", "quotes and brackets in fields", ambiguous),
    row("F25", "numbers beyond all bounds", numbers),
    row("F26", "dates that never were", dates),
    row("F27", "one line from far away in time", far_away),
    row("F28", "lines in any order", shuffled),
    row("F29", "the same twice", twice),
    row("F30", "time zones", zones),
];

fn enormous() -> Outcome {
    let place = Place::new();
    let path = place.path("access.log");
    let mut out = BufWriter::new(File::create(&path).unwrap());
    let filler = vec![b'a'; 1 << 20];
    out.write_all(log(10).as_bytes()).unwrap();
    out.write_all(b"198.51.100.7 - - [01/Jun/2024:00:00:02 +0000] \"GET /").unwrap();
    for _ in 0..256 {
        out.write_all(&filler).unwrap();
    }
    out.write_all(b" HTTP/1.1\" 200 1 \"-\" \"-\"\n").unwrap();
    out.write_all(log(10).as_bytes()).unwrap();
    out.into_inner().unwrap();
    let done = spawned(&["scan".as_ref(), "--output-format".as_ref(), "ndjson".as_ref(), path.as_os_str()], &[]);
    ensure(done.peak_bytes.is_none_or(|peak| peak < 96 << 20), || format!("{:?} bytes held", done.peak_bytes))?;
    let out = String::from_utf8_lossy(&done.out).into_owned();
    let first = out.lines().find(|line| line.starts_with("{\"type\":\"scan\"")).unwrap_or_default().to_owned();
    let totals = parsed(&first)[0]["totals"].clone();
    ensure(totals["records"] == 20 && totals["faults"] == 1 && totals["lines"] == 21, || totals.to_string())
}

fn forged() -> Outcome {
    let place = Place::new();
    let path = place.path("access.log");
    let mut out = BufWriter::new(File::create(&path).unwrap());
    out.write_all(log(10).as_bytes()).unwrap();
    let near = |power: u32| (1_usize << power) - 40..(1 << power) + 40;
    let head = "198.51.100.7 - - [01/Jun/2024:00:00:02 +0000] \"GET /";
    let tail = "6.6.6.6 - - [01/Jan/2030:00:00:00 +0000] \"GET /.env HTTP/1.1\" 200 900 \"-\" \"-\"";
    let lengths = (1..1_500).chain((11..=17).flat_map(near)).chain((1 << 19) - 12..(1 << 19) + 12);
    let mut lines = 10;
    for length in lengths {
        let filler = "a".repeat(length.saturating_sub(head.len()));
        writeln!(out, "{head}{filler}{tail}").unwrap();
        lines += 1;
    }
    out.into_inner().unwrap();
    let (rows, _) = scanned(&[&path]);
    ensure(total(&rows, "lines") == lines, || format!("{} lines of {lines}", total(&rows, "lines")))?;
    let forged = of_type(&rows, "finding").iter().filter(|finding| finding["request"]["client"] == "6.6.6.6").count();
    ensure(forged == 0, || format!("{forged} forged records"))
}

fn zeros() -> Outcome {
    let place = Place::new();
    for count in [1, 100, 4_096, 1 << 20] {
        let text = [log(20).as_bytes(), &vec![0; count], b"\n", log(20).as_bytes()].concat();
        let (rows, code) = scanned(&[&place.file("access.log", text)]);
        let is_kept =
            code < 2 && (total(&rows, "records"), total(&rows, "faults"), total(&rows, "lines")) == (40, 1, 41);
        ensure(is_kept, || format!("{count} zeros: {code} {}", rows[0]["totals"]))?;
    }
    Ok(())
}

fn ends() -> Outcome {
    let place = Place::new();
    let text = log(30);
    let mut number = 0;
    let mixed: String = text
        .lines()
        .map(|line| {
            number += 1;
            format!("{line}{}", if number % 2 == 0 { "\r\n" } else { "\n" })
        })
        .collect();
    for (name, text) in [("CRLF", text.replace('\n', "\r\n")), ("mixed", mixed), ("no end", text.trim_end().to_owned())]
    {
        let (rows, code) = scanned(&[&place.file("access.log", text)]);
        ensure(code < 2 && total(&rows, "records") == 30, || format!("{name}: {}", rows[0]["totals"]))?;
    }
    let run = keytrace([place.file("access.log", text.replace('\n', "\r"))]);
    ensure(run.code == 2 && run.error.contains("carriage return"), || format!("CR alone: {}", run.error))
}

fn wide() -> Outcome {
    let place = Place::new();
    let text = log(30);
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let (rows, code) = scanned(&[&place.file("access.log", marked)]);
    ensure(code < 2 && total(&rows, "records") == 30, || format!("a mark of UTF-8: {}", rows[0]["totals"]))?;
    let little = |mark: &[u8]| [mark, &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()].concat();
    let big = [&b"\xFE\xFF"[..], &text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>()].concat();
    for bytes in [little(b"\xFF\xFE"), big, little(b"")] {
        let folder = place.path("folder");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("wide.log"), bytes).unwrap();
        let run = keytrace([&folder]);
        ensure(run.code == 2 && run.error.contains("UTF-16"), || format!("UTF-16: {} {}", run.code, run.error))?;
    }
    Ok(())
}

fn bytes() -> Outcome {
    let place = Place::new();
    let bad: [&[u8]; 5] = [b"\xff\xfe", b"\xc0\xaf", b"caf\xe9", b"\x83e\x83X\x83g", b"\xa5\xc6\xa5\xb9\xa5\xc8"];
    let mut text = Vec::new();
    for (number, line) in log(500).lines().enumerate() {
        let (head, tail) = line.split_at(line.find(" HTTP/1.1").unwrap());
        text.extend_from_slice(head.as_bytes());
        if number % 10 == 0 {
            text.extend_from_slice(bad[number / 10 % bad.len()]);
        }
        text.extend_from_slice(tail.as_bytes());
        text.push(b'\n');
    }
    let (rows, code) = scanned(&[&place.file("access.log", text)]);
    ensure(code < 2 && total(&rows, "records") == 500, || rows[0]["totals"].to_string())
}

/// The client and the status of each record, as the parser prints them.
fn records(text: &str) -> Vec<(String, u64)> {
    let place = Place::new();
    let run = keytrace(["parse".as_ref(), place.file("access.log", text).as_os_str()]);
    let record = |row: &serde_json::Value| {
        (row["client"].as_str().unwrap_or("-").to_owned(), row["status"].as_u64().unwrap_or(0))
    };
    parsed(run.text()).iter().map(record).collect()
}

fn ambiguous() -> Outcome {
    let time = "[01/Jun/2024:00:00:02 +0000]";
    let lines = [
        format!("10.5.0.3 - x] \"GET /a HTTP/1.1\" 200 5 {time} \"GET /b HTTP/1.1\" 404 7 \"-\" \"-\""),
        format!("10.5.0.3 - a b {time} \"GET /b HTTP/1.1\" 404 7 \"-\" \"-\""),
        format!("10.5.0.3 - - {time} \"GET /\" 200 5 \"x HTTP/1.1\" 404 7 \"-\" \"-\""),
        format!("10.5.0.3 - - {time} \"GET /b HTTP/1.1\" 404 7 \"-\" \"a\" 200 5 \"b\""),
        format!("10.5.0.3 - [x] {time} \"GET /b HTTP/1.1\" 404 7 \"-\" \"-\""),
        format!("10.5.0.3 - - {time} \"GET /\\\" 200 5 \\\" HTTP/1.1\" 404 7 \"-\" \"-\""),
        format!("10.5.0.3 - - {time} \"GET /a HTTP/1.1\" 200 5 \"-\" \"x HTTP/1.1\" 404 7 \"-\" \"-\""),
        format!("10.5.0.3 - x {time} \"GET /a HTTP/1.1\" 200 5 \"-\" \"y {time} \"GET /b HTTP/1.1\" 404 7 \"-\" \"-\""),
    ];
    // What the server writes itself is right or nothing is: the address first, the status behind the whole request.
    let text: String = log(40) + &lines.map(|line| line + "\n").concat();
    let seen = records(&text);
    let wrong: Vec<_> = seen[40..].iter().filter(|(client, status)| client != "10.5.0.3" || *status != 404).collect();
    ensure(40 <= seen.len() && wrong.is_empty(), || format!("{wrong:?}"))?;
    let place = Place::new();
    let (rows, _) = scanned(&[&place.file("access.log", text)]);
    let told = rows.iter().any(|row| row.to_string().contains("it is ambiguous"));
    ensure(told && total(&rows, "faults") == 3, || format!("{}", rows[0]))?;
    raw_writers()
}

/// What a writer that escapes nothing writes of requests that are made to be misread: each line is read as it was meant, or
/// not at all.
fn raw_writers() -> Outcome {
    const PIECES: [&str; 17] = [
        "\"",
        "\" 200 5 \"",
        "\" 200 5 \"-\" \"",
        "\" \"",
        " HTTP/1.1",
        " HTTP/1.1\" 200 5",
        "\\",
        "-",
        "a",
        " ",
        " 200 5",
        " [01/Jun/2024:00:00:02 +0000] ",
        "] \"GET / HTTP/1.1\" 200 5 ",
        "\" 200 5",
        "\" 200 5 http://a/ \"",
        " - - \"GET / HTTP/1.1\" 200 5",
        ":80",
    ];
    const LINES: usize = 4_000;
    let mut dice = Dice::new(24);
    let mut text = log(40);
    for _ in 0..LINES {
        let mut free = |most: usize| (0..dice.below(most)).map(|_| *dice.pick(&PIECES)).collect::<String>();
        // Servers take blanks off both ends of what a client sends.
        let [user, target, referer, agent] = [2, 5, 3, 4].map(|most| free(most).trim().to_owned());
        let user = if user.is_empty() { "-" } else { &user };
        text.push_str(&format!(
            "10.5.0.3 - {user} [01/Jun/2024:00:00:02 +0000] \"GET /{target} HTTP/1.1\" 404 7 \"{referer}\" \"{agent}\"\n"
        ));
    }
    let seen = records(&text);
    let read = seen.len() - 40;
    let wrong = seen[40..].iter().filter(|(client, status)| client != "10.5.0.3" || *status != 404).count();
    ensure(LINES / 4 < read && wrong == 0, || format!("{wrong} of {read} lines are read as what they are not"))
}

fn numbers() -> Outcome {
    let sizes =
        ["9223372036854775807", "9223372036854775808", "18446744073709551616", "-1", "1e9", "NaN", &"9".repeat(400)];
    let line =
        |size: &str| format!("10.5.0.3 - - [01/Jun/2024:00:00:02 +0000] \"GET /b HTTP/1.1\" 200 {size} \"-\" \"-\"\n");
    let place = Place::new();
    let text = log(40) + &sizes.map(line).concat();
    let run = keytrace(["parse".as_ref(), place.file("access.log", text).as_os_str()]);
    for row in parsed(run.text()).iter().skip(40) {
        let shown = row["bytes"].as_f64();
        let is_written = sizes.iter().any(|size| size.parse::<f64>().ok() == shown);
        ensure(is_written, || format!("{shown:?} was never written"))?;
    }
    Ok(())
}

fn dates() -> Outcome {
    let place = Place::new();
    let days = ["31/Feb/2024", "00/Jan/2024", "32/Jan/2024", "30/Feb/2024", "01/Xxx/2024", "01/Jan/99999"];
    let times = ["24:00:00", "23:60:00", "23:59:61", "25:61:00"];
    let bad = days
        .iter()
        .map(|day| format!("{day}:00:00:00 +0000"))
        .chain(times.iter().map(|time| format!("01/Jun/2024:{time} +0000")));
    let lines: String =
        bad.map(|time| format!("10.5.0.3 - - [{time}] \"GET /.env HTTP/1.1\" 404 7 \"-\" \"-\"\n")).collect();
    let (rows, code) = scanned(&[&place.file("access.log", log(40) + &lines)]);
    let told = total(&rows, "records") + total(&rows, "faults");
    ensure(code < 2 && total(&rows, "lines") == 50 && told == 50, || rows[0]["totals"].to_string())?;
    let leap = "10.5.0.3 - - [31/Dec/2016:23:59:60 +0000] \"GET /.env HTTP/1.1\" 404 7 \"-\" \"-\"\n";
    ensure(records(&(log(40) + leap)).len() == 41, || "a leap second is no time".to_owned())
}

fn far_away() -> Outcome {
    let place = Place::new();
    let text = log(300);
    let lines: Vec<&str> = text.lines().collect();
    let plain = requests(&scanned(&[&place.file("access.log", &text)]).0);
    for year in [1971, 2199] {
        let stray =
            format!("192.0.2.250 - - [01/Jan/{year}:00:00:00 +0000] \"GET /about HTTP/1.1\" 200 5120 \"-\" \"-\"");
        for place_of in (0..300).step_by(30) {
            let mut with: Vec<&str> = lines.clone();
            with.insert(place_of, &stray);
            let rows = scanned(&[&place.file("access.log", with.join("\n"))]).0;
            ensure(requests(&rows) == plain, || format!("a line of {year} at {place_of} changes others"))?;
        }
    }
    Ok(())
}

fn shuffled() -> Outcome {
    let place = Place::new();
    let mut dice = Dice::new(28);
    let text =
        String::from_utf8(logs::log(logs::Mix { seed: 28, lines: 500, writing: Writing::Combined, is_mixed: false }))
            .map_err(|_| "a log that is no text".to_owned());
    let text = text.unwrap_or_else(|_| log(500));
    let mut lines: Vec<&str> = text.lines().collect();
    let plain = requests(&scanned(&[&place.file("access.log", lines.join("\n"))]).0);
    for round in 0..20 {
        for at in (1..lines.len()).rev() {
            lines.swap(at, dice.below(at + 1));
        }
        let rows = scanned(&[&place.file("access.log", lines.join("\n"))]).0;
        ensure(requests(&rows) == plain, || format!("shuffle {round} changes the findings"))?;
    }
    Ok(())
}

fn twice() -> Outcome {
    let place = Place::new();
    let (one, two) = (log(100), log(130));
    place.file("a.log", &one);
    place.file("b.log", &one);
    std::fs::hard_link(place.path("a.log"), place.path("c.log")).unwrap();
    let (rows, _) = scanned(&[place.folder()]);
    ensure(total(&rows, "records") == 100, || format!("copies count: {}", total(&rows, "records")))?;
    place.file("d.log", two);
    let (rows, _) = scanned(&[place.folder()]);
    // What stands in two files that differ elsewhere cannot be told from what was asked twice: it is counted, and said.
    ensure(total(&rows, "records") == 230, || format!("{} records of 230", total(&rows, "records")))?;
    let says = redelivery(place.folder())?;
    ensure(says.contains("100 lines without an id stand in two logs"), || says.clone())?;
    let events = |numbers: std::ops::Range<u32>| -> String {
        numbers
            .map(|number| {
                format!(
                    "{0:064x} shop [06/Feb/2024:00:{1:02}:38 +0000] 192.0.2.3 - {number:016X} REST.GET.OBJECT a/{number} \
                     \"GET /a/{number} HTTP/1.1\" 200 - 5 5 7 1 \"-\" \"x\" -\n",
                    7,
                    number % 60
                )
            })
            .collect()
    };
    let place = Place::new();
    place.file("2024-02-06-00-10", events(0..60));
    place.file("2024-02-06-00-20", events(50..90));
    let says = redelivery(place.folder())?;
    ensure(says.starts_with("10 lines were delivered more than once"), || says)
}

/// What an audit says of lines that were delivered twice.
fn redelivery(folder: &std::path::Path) -> Result<String, String> {
    let run = keytrace(["audit".as_ref(), "--output-format".as_ref(), "ndjson".as_ref(), folder.as_os_str()]);
    let rows = parsed(run.text());
    let claim = rows.iter().find(|row| row["name"] == "redelivery");
    claim.map(|row| row["says"].as_str().unwrap_or_default().to_owned()).ok_or_else(|| "nothing is said".to_owned())
}

fn zones() -> Outcome {
    let place = Place::new();
    let mut answers = Vec::new();
    for (zone, hours) in [("+0000", 0_i64), ("+0900", 9), ("-0500", -5), ("+0530", 5), ("-1100", -11)] {
        let lines: String = (0..60)
            .map(|number| {
                let minute = number + 12 * 60 + hours * 60 + if zone == "+0530" { 30 } else { 0 };
                let target = logs::REACHES[number as usize % logs::REACHES.len()];
                let hit = Hit::new(0, "198.51.100.7", target, 404, 900);
                let time = format!(
                    "[{:02}/Jun/2024:{:02}:{:02}:00 {zone}]",
                    2 + minute.div_euclid(1440),
                    minute.rem_euclid(1440) / 60,
                    minute % 60
                );
                logs::line(&hit, Writing::Combined).replace("[01/Jun/2024:00:00:00 +0000]", &time) + "\n"
            })
            .collect();
        answers.push(requests(&scanned(&[&place.file("access.log", lines)]).0));
    }
    ensure(answers.windows(2).all(|pair| pair[0] == pair[1]) && !answers[0].is_empty(), || "instants differ".to_owned())
}
