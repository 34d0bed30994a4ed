//! The second ring of tests: the real router, or the real program, over a real redis-server.
//!
//! A test's name says which rule it guards. The rules are those of `src/server/analytics/*.lua`, of the REST
//! contract in the README, and of the life of the process.

mod support;

mod expiry;
mod numbers;
mod operations;
mod presence;
mod random;
mod rest;
mod server_functions;
mod viewers;
mod visits;
