//! Integration tests: the real router, or the real program, over a real redis-server.
//!
//! A test's name is the rule that it guards. Rules come from the Lua scripts, the REST contract in the README, and
//! how the process starts and stops.

mod support;

mod accounts;
mod addresses;
mod admin_page;
mod agreement;
mod authorization;
mod command_line;
mod compression;
mod connections;
mod counting;
mod data_folder;
mod document_list;
mod documents;
mod expiry;
mod finished_visits;
mod forms;
mod full_disk;
mod full_memory;
mod gate;
mod history;
mod live;
mod mail;
mod managed_redis;
mod many_redis;
mod metrics;
mod missing_file;
mod newer_records;
mod notices;
mod numbers;
mod observed;
mod odd_addresses;
mod operations;
mod outage;
mod own_account;
mod page_texts;
mod pages;
mod pages_at_rest;
mod presence;
mod process;
mod properties;
mod proxies;
mod quotas;
mod random;
mod readers;
mod request_log;
mod rest;
mod round_trips;
mod saved_changes;
mod sealed_visits;
mod sealing;
mod security;
mod server_functions;
mod sessions;
mod shared_streams;
mod starting;
mod sweeping;
mod told_changes;
mod uploads;
mod viewers;
mod visits;
