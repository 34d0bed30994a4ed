//! The confinement that Linux has: Landlock for files, seccomp for system calls.

use std::error::Error;

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
    path_beneath_rules,
};
use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};

use crate::server::store::files::file::font_folders;

/// The newest of Landlock that is asked for: files, TCP, abstract sockets and signals. An older kernel has less of it.
const LANDLOCK: ABI = ABI::V6;

/// What drawing needs: memory, the open files, fonts, the time, and an end. Everything else fails with EPERM.
const CALLS: &[c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getdents64,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_newfstatat,
    libc::SYS_pread64,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
    libc::SYS_statx,
    libc::SYS_write,
    libc::SYS_writev,
];
/// The same by their older names, which musl uses.
#[cfg(target_arch = "x86_64")]
const OLDER_CALLS: &[c_long] = &[libc::SYS_lstat, libc::SYS_stat];
#[cfg(not(target_arch = "x86_64"))]
const OLDER_CALLS: &[c_long] = &[];

/// What makes a file that is opened more than one to read.
const WRITING: i32 = libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND;

/// Makes this process the first to be killed when the machine is short of memory. `false` where that cannot be said.
pub(super) fn be_killed_first() -> bool {
    std::fs::write("/proc/self/oom_score_adj", "1000").is_ok()
}

/// Confines the calling thread, and what it starts. Returns the names of what the kernel lacks.
pub(super) fn restrict_thread() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !forbid_files().unwrap_or(false) {
        missing.push("Landlock");
    }
    // Last: it forbids the calls of Landlock. Both set no_new_privs.
    if forbid_calls().is_err() {
        missing.push("seccomp");
    }
    missing
}

/// Leaves fonts to be read, and no other file. `false` where the kernel has no Landlock.
fn forbid_files() -> Result<bool, landlock::RulesetError> {
    let fonts = path_beneath_rules(font_folders(), AccessFs::ReadFile | AccessFs::ReadDir);
    let restricted = Ruleset::default()
        .handle_access(AccessFs::from_all(LANDLOCK))?
        .handle_access(AccessNet::from_all(LANDLOCK))?
        .scope(Scope::from_all(LANDLOCK))?
        .create()?
        .add_rules(fonts)?
        .restrict_self()?;
    Ok(restricted.ruleset != RulesetStatus::NotEnforced)
}

fn forbid_calls() -> Result<(), Box<dyn Error>> {
    Ok(seccompiler::apply_filter(&filter()?)?)
}

fn filter() -> Result<BpfProgram, BackendError> {
    let unconditional = CALLS.iter().chain(OLDER_CALLS).map(|call| (*call, Vec::new()));
    let mut calls: Vec<_> = unconditional.collect();
    // No file is written or made, no memory can be executed, and a signal reaches this process alone: abort(3).
    calls.push((libc::SYS_openat, has_no(2, WRITING)?));
    calls.push((libc::SYS_mmap, has_no(2, libc::PROT_EXEC)?));
    calls.push((libc::SYS_mprotect, has_no(2, libc::PROT_EXEC)?));
    calls.push((libc::SYS_tgkill, argument(0, SeccompCmpOp::Eq, std::process::id().into())?));
    #[cfg(target_arch = "x86_64")]
    calls.push((libc::SYS_open, has_no(1, WRITING)?));
    let denied = SeccompAction::Errno(libc::EPERM as u32);
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(calls.into_iter().collect(), denied, SeccompAction::Allow, arch)?.try_into()
}

/// The condition that an argument has none of these bits.
fn has_no(index: u8, bits: i32) -> Result<Vec<SeccompRule>, BackendError> {
    argument(index, SeccompCmpOp::MaskedEq(bits as u64), 0)
}

fn argument(index: u8, is: SeccompCmpOp, value: u64) -> Result<Vec<SeccompRule>, BackendError> {
    Ok(vec![SeccompRule::new(vec![SeccompCondition::new(index, Dword, is, value)?])?])
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, File},
        io::ErrorKind::PermissionDenied,
        net::{TcpListener, TcpStream, UdpSocket},
        os::unix::net::{UnixListener, UnixStream},
        process::Command,
        thread,
    };

    use super::*;

    /// Confines a thread, which is confined as a process is, and lets it try. Each of these succeeds before.
    #[test]
    fn confined_thread_reaches_no_file_socket_or_program() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let (secret, redis, new) = (at("secret"), at("redis.sock"), at("new"));
        fs::write(&secret, "secret").expect("a file");
        let _redis = UnixListener::bind(&redis).expect("a socket");
        let web = TcpListener::bind("127.0.0.1:0").expect("a socket");
        let web = web.local_addr().expect("an address");
        let attempts = || {
            [
                ("read the secret", File::open(&secret).map(drop)),
                ("read the password file", fs::read("/etc/passwd").map(drop)),
                ("list the folder", fs::read_dir(folder.path()).map(drop)),
                ("write the secret", File::options().append(true).open(&secret).map(drop)),
                ("make a file", File::create(&new).map(drop)),
                ("remove a file", fs::remove_file(&new)),
                ("reach Redis", UnixStream::connect(&redis).map(drop)),
                ("reach a server", TcpStream::connect(web).map(drop)),
                ("listen", TcpListener::bind("127.0.0.1:0").map(drop)),
                ("send a datagram", UdpSocket::bind("127.0.0.1:0").map(drop)),
                ("start a program", Command::new("/bin/true").status().map(drop)),
            ]
        };
        for (what, tried) in attempts() {
            tried.unwrap_or_else(|error| panic!("{what}, before: {error}"));
        }
        let (missing, tried) = thread::scope(|scope| {
            let confined = scope.spawn(|| (restrict_thread(), attempts()));
            confined.join().expect("no panic")
        });
        assert!(missing.is_empty(), "this kernel lacks {missing:?}");
        for (what, tried) in tried {
            let refused = tried.expect_err(what).kind();
            assert_eq!(refused, PermissionDenied, "{what}");
        }
    }
}
