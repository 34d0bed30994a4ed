//! The second ring of tests: the real router, or the real program, over a real redis-server.
//!
//! A test's name says which rule it guards. The rules are those of `src/server/analytics/*.lua`, of the REST
//! contract in the README, and of the life of the process.

mod support;

mod accounts;
mod addresses;
mod authorization;
mod command_line;
mod counting;
mod documents;
mod expiry;
mod forms;
mod gate;
mod live;
mod managed_redis;
mod many_redis;
mod numbers;
mod operations;
mod outage;
mod pages;
mod presence;
mod properties;
mod random;
mod rest;
mod server_functions;
mod sessions;
mod starting;
mod sweeping;
mod uploads;
mod viewers;
mod visits;
