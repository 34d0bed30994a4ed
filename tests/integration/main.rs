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
mod backup;
mod badges;
mod command_line;
mod compression;
mod connections;
mod corrections;
mod counting;
mod data_folder;
mod described;
mod doctor;
mod document_list;
mod documents;
mod examples;
mod expiry;
mod finished_visits;
mod forms;
mod full_disk;
mod full_memory;
mod gate;
mod history;
mod live;
mod log_contents;
mod made_once;
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
mod peak;
mod presence;
mod process;
mod properties;
mod proxies;
mod quotas;
mod random;
mod readers;
mod request_log;
mod rest;
mod restart;
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
#[cfg(feature = "otlp")]
mod traces;
mod uploads;
mod viewers;
mod visits;
