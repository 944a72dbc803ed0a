//! Writes the seeds of each target into a folder of its name.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let folder = PathBuf::from(env::args_os().nth(1).expect("a folder to write to"));
    for (name, _) in oracles::TARGETS {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).expect("the folder is made");
        for (number, seed) in oracles::seeds(name).iter().enumerate() {
            fs::write(folder.join(format!("seed-{number}")), seed).expect("the seed is written");
        }
    }
}
