//! The program `bit`: hands the arguments to the command line's own module.

fn main() -> std::process::ExitCode {
    bit::cli::run(std::env::args_os())
}
