//! Whether a follower tells one file from another.

use std::fs::OpenOptions;
use std::io::Write;

use tempfile::TempDir;

use super::*;

/// A folder with a log that is followed.
struct Place {
    folder: TempDir,
    follower: Follower,
    /// What was read of each file, and whether it is over.
    read: Vec<(String, bool)>,
}

impl Place {
    fn new(there: &[(&str, &str)]) -> Place {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in there {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let follower = Follower::new([folder.path().join("log")].iter().map(PathBuf::as_path), false);
        Place { folder, follower, read: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    fn look(&mut self) -> Come {
        let Place { follower, read, .. } = self;
        follower.look(&mut |event| taken(read, event))
    }

    fn last_look(&mut self) {
        let Place { follower, read, .. } = self;
        follower.last_look(&mut |event| taken(read, event));
    }

    /// Looks until nothing is new, and gives what was read of each file.
    fn texts(&mut self) -> Vec<&str> {
        while self.look() != Come::Nothing {}
        self.look();
        self.read.iter().map(|(text, _)| text.as_str()).collect()
    }

    fn gaps(&self) -> usize {
        (0..self.read.len()).filter(|file| self.follower.file(*file).gap.is_some()).count()
    }
}

fn taken(read: &mut Vec<(String, bool)>, event: Event<'_>) {
    match event {
        Event::Begin(_) => read.push(Default::default()),
        Event::Bytes(file, bytes) => read[file].0 += std::str::from_utf8(bytes).unwrap(),
        Event::End(file, _) => read[file].1 = true,
    }
}

#[test]
fn what_was_put_away_before_is_not_read() {
    let mut place = Place::new(&[("log", "now\n"), ("log.1", "before\n"), ("log.2.gz", "packed\n")]);
    assert_eq!(place.texts(), ["now\n"]);
    place.rename("log.1", "log.2");
    place.rename("log", "log.1");
    place.append("log", "next\n");
    place.append("log.1", "late\n");
    assert_eq!(place.texts(), ["now\nlate\n", "next\n"]);
    assert_eq!(place.follower.names(), [place.path("log.1"), place.path("log")]);
    assert_eq!(place.gaps(), 0);
}

#[test]
fn what_had_the_name_unseen_is_read() {
    let mut place = Place::new(&[("log", "one\n")]);
    assert_eq!(place.texts(), ["one\n"]);
    for (age, text) in [(3, "two\n"), (2, "three\n"), (1, "four\n")] {
        place.rename("log", &format!("log.{age}"));
        place.append("log", text);
    }
    assert_eq!(place.texts(), ["one\n", "two\n", "three\n", "four\n"]);
    assert_eq!(place.gaps(), 0);
}

#[test]
fn what_was_there_before_is_known_by_how_it_begins() {
    let mut place = Place::new(&[("log", ""), ("log.1", "before\n")]);
    assert_eq!(place.texts(), [""]);
    fs::copy(place.path("log.1"), place.path("log.7")).unwrap();
    // In the same place on disk, and another file.
    fs::write(place.path("log.1"), "between\n").unwrap();
    place.rename("log", "log.2");
    place.append("log", "next\n");
    assert_eq!(place.texts(), ["", "between\n", "next\n"]);
}

#[test]
fn what_nobody_saw_of_a_file_that_was_empty_is_in_its_copy() {
    let mut place = Place::new(&[("log", "")]);
    assert_eq!(place.texts(), [""]);
    place.append("log", "one\n");
    fs::copy(place.path("log"), place.path("log.1")).unwrap();
    fs::write(place.path("log"), "two\n").unwrap();
    assert_eq!(place.texts(), ["two\n", "one\n"]);
    assert_eq!(place.gaps(), 1);
}

#[test]
fn what_looks_as_it_did_is_compared_at_the_end() {
    let mut place = Place::new(&[("log", "one\n")]);
    assert_eq!(place.texts(), ["one\n"]);
    let written = fs::metadata(place.path("log")).unwrap().modified().unwrap();
    fs::write(place.path("log"), "two\n").unwrap();
    OpenOptions::new().write(true).open(place.path("log")).unwrap().set_modified(written).unwrap();
    assert_eq!(place.texts(), ["one\n"]);
    place.last_look();
    assert_eq!(place.texts(), ["one\n", "two\n"]);
    assert_eq!(place.gaps(), 1);
}

#[test]
fn a_copy_is_not_read_before_the_cut_and_read_on_behind_it() {
    let mut place = Place::new(&[("log", "one\n")]);
    assert_eq!(place.texts(), ["one\n"]);
    place.append("log", "two\n");
    fs::copy(place.path("log"), place.path("log.1")).unwrap();
    assert_eq!(place.texts(), ["one\ntwo\n"]);
    place.append("log", "three\n");
    fs::copy(place.path("log"), place.path("log.1")).unwrap();
    // Longer at once than it was.
    fs::write(place.path("log"), "four and so on and on\n").unwrap();
    assert_eq!(place.texts(), ["one\ntwo\nthree\n", "four and so on and on\n"]);
    assert_eq!(place.gaps(), 1);
}

#[test]
fn a_cut_without_a_copy_is_told_and_nothing_comes_twice() {
    let mut place = Place::new(&[("log", "one\n")]);
    assert_eq!(place.texts(), ["one\n"]);
    place.append("log", "two\n");
    fs::write(place.path("log"), "three\nfour\n").unwrap();
    assert_eq!(place.texts(), ["one\n", "three\nfour\n"]);
    assert_eq!((place.gaps(), place.read[0].1), (1, true));
    assert_eq!(place.follower.names()[0], place.path("log!1"));
    assert!(place.follower.file(0).again(4).is_none() && place.follower.file(1).again(4).is_some());
}

#[test]
fn a_copy_of_what_nobody_saw_is_read_and_told() {
    let mut place = Place::new(&[("log", "one\n")]);
    assert_eq!(place.texts(), ["one\n"]);
    // Cut, written, copied and cut again since the last look.
    fs::copy(place.path("log"), place.path("log.2")).unwrap();
    fs::write(place.path("log"), "two\n").unwrap();
    fs::copy(place.path("log"), place.path("log.1")).unwrap();
    fs::write(place.path("log"), "three\n").unwrap();
    assert_eq!(place.texts(), ["one\n", "two\n", "three\n"]);
    assert_eq!(place.gaps(), 2);
}

#[test]
fn of_files_that_were_put_away_so_many_are_held() {
    let mut place = Place::new(&[("log", "0\n")]);
    for number in 1..HELD_MAX + 4 {
        place.look();
        place.rename("log", &format!("log-{}", 20_240_000 + number));
        place.append("log", &format!("{number}\n"));
    }
    let expected: Vec<String> = (0..HELD_MAX + 4).map(|number| format!("{number}\n")).collect();
    assert_eq!(place.texts(), expected);
    let held = (0..expected.len()).filter(|file| place.follower.file(*file).is_held()).count();
    assert_eq!((held, place.read.iter().filter(|(_, is_over)| *is_over).count()), (HELD_MAX + 1, 3));
    // What was let go is not met once more.
    place.append("log-20240001", "late\n");
    fs::write(place.path("log-20249999"), "").unwrap();
    assert_eq!(place.texts(), expected);
}

#[test]
fn a_log_may_come_later_and_what_is_none_is_told() {
    let mut place = Place::new(&[]);
    assert!(place.texts().is_empty() && place.follower.troubles().count() == 1);
    fs::create_dir(place.path("log")).unwrap();
    assert!(place.texts().is_empty());
    assert!(place.follower.troubles().any(|(_, because, is_loss)| because == "no regular file" && is_loss));
    fs::remove_dir(place.path("log")).unwrap();
    place.append("log", "one\n");
    assert_eq!(place.texts(), ["one\n"]);
    assert_eq!(place.follower.troubles().count(), 0);
}
