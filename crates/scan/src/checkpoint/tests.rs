//! The file of a pass, tried without a pass: what is written is read, what is not its own is refused and left alone.

use super::*;

fn checkpoint(path: PathBuf) -> Checkpoint {
    let options = vec![("since".to_owned(), "2024-05-01".to_owned())];
    Checkpoint { path, program: "this".to_owned(), options, every: Duration::ZERO }
}

/// A folder with a log, the inputs that are found in it, and a checkpoint beside it.
fn made() -> (tempfile::TempDir, Inputs, Checkpoint) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("a.log");
    fs::write(&log, "192.0.2.1 - - [01/May/2024:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"\n").unwrap();
    let checkpoint = checkpoint(folder.path().join("kept"));
    (folder, Inputs::find([&log]), checkpoint)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn what_is_written_is_read_on_the_same_terms_and_nothing_lies_beside_it() {
    let (folder, inputs, checkpoint) = made();
    let terms = checkpoint.terms(&inputs, &Config::default()).unwrap();
    assert!(matches!(checkpoint.read::<u64>(&terms), Ok(None)), "there is none yet");
    for value in [7_u64, 8] {
        checkpoint.write(&terms, &value).unwrap();
        assert!(matches!(checkpoint.read::<u64>(&terms), Ok(Some(read)) if read == value));
    }
    checkpoint.check(&inputs, &Config::default()).unwrap();
    assert_eq!(names(folder.path()), ["a.log", "kept"]);
    let because = |terms: &Terms| checkpoint.read::<u64>(terms).unwrap_err().to_string();
    let program = Terms { program: "that".to_owned(), ..terms.clone() };
    assert!(because(&program).contains("another keytrace (this), and this is that"));
    let none = Terms { options: Vec::new(), ..terms.clone() };
    assert!(because(&none).contains("(--since 2024-05-01; now none)"), "{}", because(&none));
    let key = Terms { key: [9; 32], ..terms.clone() };
    assert!(because(&key).contains("it was made of other inputs") && !because(&key).contains("a.log"));
    let fewer = Terms { inputs: Vec::new(), ..terms };
    assert!(because(&fewer).contains("a.log is not what it was"));
}

#[test]
fn what_is_no_checkpoint_or_cannot_be_read_is_refused() {
    let (folder, inputs, checkpoint) = made();
    let terms = checkpoint.terms(&inputs, &Config::default()).unwrap();
    checkpoint.check(&inputs, &Config::default()).unwrap();
    for of_file in
        [&b"no checkpoint"[..], b"", VERSION, b"keytrace checkpoint 0\nand more than thirty-two bytes behind it"]
    {
        fs::write(&checkpoint.path, of_file).unwrap();
        assert!(checkpoint.read::<u64>(&terms).is_err() && checkpoint.check(&inputs, &Config::default()).is_err());
        assert_eq!(fs::read(&checkpoint.path).unwrap(), of_file, "it is left as it is");
    }
    let of_folder = Checkpoint { path: folder.path().to_path_buf(), ..checkpoint };
    assert!(of_folder.read::<u64>(&terms).is_err() && of_folder.check(&inputs, &Config::default()).is_err());
}

#[test]
fn a_second_pass_is_kept_beside_the_first_on_terms_of_its_own() {
    let first = checkpoint("logs/kept".into());
    let second = first.second();
    assert_eq!((second.path.as_path(), second.program.as_str()), (Path::new("logs/kept.second"), "this"));
    assert_eq!(second.options, [first.options[0].clone(), ("pass".to_owned(), "second".to_owned())]);
}

#[test]
fn whether_it_can_be_written_is_tried_without_a_trace() {
    let (folder, _, checkpoint) = made();
    checkpoint.try_out().unwrap();
    assert_eq!(names(folder.path()), ["a.log"]);
    let nowhere = Checkpoint { path: folder.path().join("no/kept"), ..checkpoint };
    assert!(nowhere.try_out().is_err());
}

#[test]
fn what_keeps_a_pass_is_no_input_of_it() {
    let (folder, _, checkpoint) = made();
    for own in ["kept", "kept.part", "kept.second", "kept.second.part", "kept.log"] {
        fs::write(folder.path().join(own), "x").unwrap();
    }
    let inputs = Inputs::find([folder.path()]).without_checkpoint(&checkpoint.path);
    let mut left: Vec<_> = inputs.sources.iter().map(|source| source.path.file_name().unwrap().to_owned()).collect();
    left.sort();
    assert_eq!(left, ["a.log", "kept.log"]);
}

#[cfg(unix)]
#[test]
fn a_link_that_lies_in_its_place_leads_nowhere() {
    let (folder, inputs, checkpoint) = made();
    let terms = checkpoint.terms(&inputs, &Config::default()).unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, "precious").unwrap();
    std::os::unix::fs::symlink(&elsewhere, beside(&checkpoint.path)).unwrap();
    checkpoint.write(&terms, &1_u64).unwrap();
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
    // What cannot be taken away is not written over: a folder.
    fs::create_dir(beside(&checkpoint.path)).unwrap();
    assert!(checkpoint.write(&terms, &2_u64).is_err());
    assert!(matches!(checkpoint.read::<u64>(&terms), Ok(Some(1))), "what was kept before stays");
}

#[cfg(unix)]
#[test]
fn the_folder_of_a_name_is_forced_to_disk_and_a_bare_name_is_in_the_folder_at_hand() {
    let (_folder, _, checkpoint) = made();
    synced_folder(&checkpoint.path).unwrap();
    synced_folder(Path::new("kept")).unwrap();
    assert!(synced_folder(&checkpoint.path.join("kept")).is_err(), "there is no such folder");
}
