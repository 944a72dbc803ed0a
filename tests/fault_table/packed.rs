//! Faults of compressed input.

use std::io::{Read, Write};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use serde_json::Value;

use super::{Outcome, Place, Row, ensure, log, requests, row, scanned, total};
use crate::program::{keytrace, of_type, spawned};

pub(super) const ROWS: &[Row] = &[
    row("F01", "a compressed file is cut off", cut_off),
    row("F02", "members follow each other, cut in the middle of lines", members),
    row("F03", "zeros or garbage behind a stream", behind),
    row("F04", "a bit is flipped", flipped),
    row("F05", "zstd frames that are skipped, many, or need a dictionary", frames),
    row("F06", "a window that is too large", window),
    row("F07", "a bomb", bomb),
    row("F08", "an ending that is wrong", ending),
];

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(text: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn xz(text: &[u8]) -> Vec<u8> {
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

type Packer = fn(&[u8]) -> Vec<u8>;

const PACKERS: [(&str, Packer); 4] = [("gz", gzip), ("zst", zstandard), ("bz2", bzip2), ("xz", xz)];

/// How many whole lines an independent reader gets out of a cut gzip stream.
fn lines_before(bytes: &[u8]) -> u64 {
    let (mut decoder, mut text, mut byte) = (MultiGzDecoder::new(bytes), Vec::new(), [0]);
    while let Ok(1) = decoder.read(&mut byte) {
        text.push(byte[0]);
    }
    text.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn cut_off() -> Outcome {
    let place = Place::new();
    let text = log(40);
    for (name, pack) in PACKERS {
        let whole = pack(text.as_bytes());
        for cut in 1..whole.len() {
            let path = place.file("access.log", &whole[..cut]);
            let (rows, code) = scanned(&[&path]);
            ensure(code == 2 || code == 3, || format!("{name} cut at {cut} of {} exits with {code}", whole.len()))?;
            if name == "gz" {
                let (records, lines) = (total(&rows, "records"), lines_before(&whole[..cut]));
                ensure(records == lines, || format!("{records} records, {lines} lines before the cut at {cut}"))?;
            }
        }
    }
    Ok(())
}

fn members() -> Outcome {
    let place = Place::new();
    let text = log(400);
    let plain = requests(&scanned(&[&place.file("plain.log", &text)]).0);
    for count in [2, 7, 100, 1_000] {
        let size = text.len().div_ceil(count);
        let bytes: Vec<u8> = text.as_bytes().chunks(size).flat_map(gzip).collect();
        let (rows, code) = scanned(&[&place.file("members.gz", bytes)]);
        ensure(code < 2 && requests(&rows) == plain, || format!("{count} members are not the same log"))?;
    }
    Ok(())
}

fn behind() -> Outcome {
    let place = Place::new();
    let packed = gzip(log(20).as_bytes());
    for count in [1, 7, 512, 4_096] {
        let zeros = place.file("a.gz", [&packed[..], &vec![0; count]].concat());
        let (rows, code) = scanned(&[&zeros]);
        ensure(code < 2 && total(&rows, "records") == 20, || format!("{count} zeros behind it: {code}"))?;
        let garbage = place.file("a.gz", [&packed[..], &vec![b'x'; count]].concat());
        let (rows, code) = scanned(&[&garbage]);
        ensure(code == 3 && total(&rows, "records") == 20, || format!("{count} bytes of garbage: {code}"))?;
    }
    Ok(())
}

fn flipped() -> Outcome {
    let text = log(3);
    for (name, pack) in PACKERS {
        let whole = pack(text.as_bytes());
        let place = Place::new();
        let clean = scanned(&[&place.file("access.log", &whole)]);
        for byte in 0..whole.len() {
            // The bits of a byte are flipped in a file each. Those that are told as damaged are done with; each other is read
            // by itself, and must be told so or be the same.
            let flipped: Vec<Vec<u8>> = (0..8)
                .map(|bit| {
                    let mut bytes = whole.clone();
                    bytes[byte] ^= 1 << bit;
                    bytes
                })
                .collect();
            let place = Place::new();
            for (bit, bytes) in flipped.iter().enumerate() {
                place.file(&format!("{bit}.log"), bytes);
            }
            let damaged = damaged(&scanned(&[place.folder()]).0);
            for bit in (0..8).filter(|bit| !damaged.iter().any(|path| path.ends_with(&format!("{bit}.log")))) {
                let (rows, code) = scanned(&[&place.path(&format!("{bit}.log"))]);
                let is_same = code == clean.1
                    && requests(&rows) == requests(&clean.0)
                    && total(&rows, "records") == total(&clean.0, "records");
                ensure(is_same || 2 <= code, || {
                    format!("{name}: bit {bit} of byte {byte} passes as clean, with another answer")
                })?;
            }
        }
    }
    Ok(())
}

/// The paths of the files that are told to be damaged or cut off.
fn damaged(rows: &[Value]) -> Vec<String> {
    let behind = of_type(rows, "more").into_iter().filter(|row| row["key"] == "inputs").map(|row| &row["items"]);
    let inputs = [&rows[0]["inputs"]].into_iter().chain(behind).filter_map(Value::as_array).flatten();
    let told = inputs.filter(|input| !input["cut_short"].is_null());
    told.filter_map(|input| input["path"].as_str().map(ToOwned::to_owned)).collect()
}

fn frames() -> Outcome {
    let place = Place::new();
    let skipped = [&[0x53, 0x2A, 0x4D, 0x18, 5, 0, 0, 0][..], b"notes"].concat();
    let (one, two) = (zstandard(log(12).as_bytes()), zstandard(log(30).as_bytes()));
    let (rows, code) = scanned(&[&place.file("a.zst", [&skipped[..], &one, &skipped, &two].concat())]);
    ensure(code < 2 && total(&rows, "records") == 42, || format!("frames: {code}, {}", rows[0]["totals"]))?;
    // A frame header that names dictionary 7: descriptor 1, a window, one byte of dictionary, then an empty last block.
    let foreign = [0x28, 0xB5, 0x2F, 0xFD, 0x01, 0x00, 0x07, 0x01, 0x00, 0x00];
    let run = keytrace([place.file("b.zst", foreign)]);
    ensure(2 <= run.code && run.error.contains("Dictionary"), || format!("a dictionary: {} {}", run.code, run.error))
}

fn window() -> Outcome {
    let place = Place::new();
    let run = keytrace([place.file("a.zst", [0x28, 0xB5, 0x2F, 0xFD, 0x00, 21 << 3, 0x01, 0x00, 0x00])]);
    ensure(2 <= run.code && run.error.contains("window of more than 128 MiB"), || run.error.clone())
}

fn bomb() -> Outcome {
    let place = Place::new();
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(log(20).as_bytes()).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..300 {
        encoder.write_all(&zeros).unwrap();
    }
    let path = place.file("bomb.bz2", encoder.finish().unwrap());
    let done = spawned(&["scan".as_ref(), "--threads".as_ref(), "2".as_ref(), path.as_os_str()], &[]);
    ensure(done.code == Some(3) && done.error.contains("bomb.bz2"), || format!("{:?} {}", done.code, done.error))?;
    ensure(done.peak_bytes.is_none_or(|peak| peak < 96 << 20), || format!("{:?} bytes held", done.peak_bytes))
}

fn ending() -> Outcome {
    let place = Place::new();
    let text = log(25);
    let mut contents: Vec<Vec<u8>> = PACKERS.iter().map(|(_, pack)| pack(text.as_bytes())).collect();
    contents.push(text.clone().into_bytes());
    for bytes in contents {
        for name in ["a.gz", "a.zst", "a.bz2", "a.xz", "a.log", "a.zip", "a.tar", "a"] {
            let (rows, code) = scanned(&[&place.file(name, &bytes)]);
            ensure(code < 2 && total(&rows, "records") == 25, || format!("{name}: {code}"))?;
        }
    }
    Ok(())
}
