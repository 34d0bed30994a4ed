//! What to do when Redis refuses a command.

use redis::RedisError;

/// Logs that a command failed. A cause that an operator can end is an error, with what to do; the log has each once a
/// minute.
pub(super) fn log_failure(error: &RedisError) {
    match advice(error) {
        Some(advice) => tracing::error!("Redis refuses writes. {advice}"),
        None => tracing::warn!(%error, "Redis refused or failed"),
    }
}

/// Why Redis takes no writes while it answers reads, and what to do about it. `None` for other errors.
pub(super) fn advice(error: &RedisError) -> Option<&'static str> {
    let advice = match error.code()? {
        "OOM" => {
            "Its memory is full, so new visits are not counted. Raise its limit (redis-cli CONFIG SET maxmemory 2gb, and in \
             its configuration), or delete documents that are no longer needed."
        }
        "MISCONF" => {
            "It cannot write to its disk, so new visits are not counted. Make room on the disk of its data folder; its own \
             log says more."
        }
        "READONLY" => {
            "It is a replica, so new visits are not counted. Give SIGHTLINE_REDIS_URL the address of the master, or of the \
             Sentinels."
        }
        "NOREPLICAS" => {
            "It has fewer replicas than min-replicas-to-write, so new visits are not counted. Start the replicas again."
        }
        _ => return None,
    };
    Some(advice)
}
