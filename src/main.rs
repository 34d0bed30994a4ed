//! The program. All of it is compiled in the library: what only this file used would be compiled here again.

#[cfg(feature = "ssr")]
fn main() -> std::process::ExitCode {
    sightline::server::commands::command_line::main()
}

/// Empty in the browser's build, which starts at `hydrate` in the library.
#[cfg(not(feature = "ssr"))]
fn main() {}
