//! The command `keytrace`.

use std::process::ExitCode;
use std::{env, io};

fn main() -> ExitCode {
    keytrace::watch_signals();
    let code = keytrace::run(env::args_os(), &mut io::stdout().lock(), &mut io::stderr());
    ExitCode::from(code)
}
