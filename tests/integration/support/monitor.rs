//! The commands that Redis receives.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
};

use super::redis_server::RedisServer;

/// A `MONITOR` connection.
pub struct Monitor(BufReader<UnixStream>);

impl Monitor {
    /// Records commands from now on.
    pub fn start(redis: &RedisServer) -> Self {
        let mut connection = UnixStream::connect(redis.socket()).expect("redis-server answers");
        connection.write_all(b"MONITOR\r\n").expect("MONITOR is sent");
        let mut monitor = Self(BufReader::new(connection));
        assert_eq!(monitor.line(), "+OK");
        monitor
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line");
        line.trim().to_owned()
    }

    /// The commands since the start or the last call; those that scripts call are left out.
    pub fn commands(&mut self, redis: &RedisServer) -> Vec<String> {
        self.all(redis)
            .into_iter()
            .filter_map(|(is_of_script, command)| (!is_of_script).then_some(command))
            .collect()
    }

    /// The commands that scripts have called since the start or the last call.
    pub fn commands_of_scripts(&mut self, redis: &RedisServer) -> Vec<String> {
        self.all(redis)
            .into_iter()
            .filter_map(|(is_of_script, command)| is_of_script.then_some(command))
            .collect()
    }

    /// Every command, and whether a script has called it.
    fn all(&mut self, redis: &RedisServer) -> Vec<(bool, String)> {
        redis.query::<String>("ECHO that-is-all");
        let mut commands = Vec::new();
        loop {
            let line = self.line();
            if line.contains("that-is-all") {
                // The connection that sent the mark began with a handshake.
                commands.retain(|(_, command)| command != "CLIENT" && command != "HELLO");
                return commands;
            }
            commands.push((line.contains(" lua] "), line.split('"').nth(1).unwrap_or_default().to_owned()));
        }
    }
}
