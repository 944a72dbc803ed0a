//! What the tests of this crate share: logs, archives, and a scan that keeps what it saw.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

use accesslog::{Position, Record};

use crate::peel::Whose;
use crate::unpack::{Place, Unpacked, Unpacker};
use crate::{Account, Config, Inputs, Layers, Progress, Selection, fold};

/// What was seen of records: their places and targets, in order.
pub(crate) type Seen = Vec<(Position, Vec<u8>)>;

/// A log of that many lines, told from others by its client.
pub(crate) fn log(lines: usize, client: &str) -> Vec<u8> {
    (0..lines)
        .flat_map(|n| {
            let (minute, second) = (n / 60 % 60, n % 60);
            format!(
                "{client} - - [10/Oct/2000:13:{minute:02}:{second:02} -0700] \"GET /{n} HTTP/1.1\" 200 {n} \"-\" \"-\"\n"
            )
            .into_bytes()
        })
        .collect()
}

/// Scans what is at a path.
pub(crate) fn scan(path: &Path, config: &Config) -> (Seen, Account) {
    scan_inputs(&Inputs::find([path]), config)
}

/// Scans inputs.
pub(crate) fn scan_inputs(inputs: &Inputs, config: &Config) -> (Seen, Account) {
    let observe = |seen: &mut Seen, at: Position, record: &Record<'_>| {
        seen.push((at, record.target.unwrap_or_default().to_vec()));
    };
    let (mut seen, account) = fold(inputs, config, &Progress::default(), Seen::new(), observe, Seen::extend).unwrap();
    seen.sort_unstable();
    (seen, account)
}

/// What is met where content is unpacked with room for so many sources: the logs, each with its text as far as it can be read,
/// why others cannot be, and what is passed over, with whether it is a loss.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) logs: Vec<(String, usize, Option<String>)>,
    pub(crate) unread: Vec<String>,
    pub(crate) skipped: Vec<(String, bool)>,
}

/// Unpacks what a reader gives of a file, which stands at that path if it is on disk.
pub(crate) fn unpack(
    reader: Box<dyn Read + '_>,
    (path, is_on_disk, room): (&Path, bool, u32),
    selection: &Selection,
) -> Met {
    let mut met = Met::default();
    let mut visit = |unpacked: Unpacked<'_>| match unpacked {
        Unpacked::Log(place, mut text) => {
            let mut bytes = Vec::new();
            let fault = text.read_to_end(&mut bytes).err().map(|error| error.to_string());
            met.logs.push((place.path.display().to_string(), bytes.len(), fault));
        }
        Unpacked::Unread(_, because) => met.unread.push(because),
        Unpacked::Skipped(skipped) => met.skipped.push((skipped.because, skipped.is_loss)),
    };
    let place = Place { path: path.to_path_buf(), origin: crate::Origin::Named, layers: Layers::default() };
    let budget = crate::peel::glance_budget();
    let mut unpacker = Unpacker { file: path, is_on_disk, selection, budget, room, visit: &mut visit };
    unpacker.content(reader, place, Whose::File);
    met
}

/// How many records each source gave, by the end of its path behind the folder's.
pub(crate) fn records(account: &Account, folder: &Path) -> BTreeMap<String, u64> {
    let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
    account.sources.iter().map(|source| (name(&source.path), source.census.records)).collect()
}

/// A tar archive of those members.
pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A zip archive of those members, deflated.
pub(crate) fn zip(members: &[(&str, &[u8])], options: zip::write::SimpleFileOptions) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
