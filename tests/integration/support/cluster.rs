//! Several redis-servers: a cluster, or a master with a replica under Sentinel.

use std::sync::{Mutex, PoisonError};

use redis::{Client, Connection, FromRedisValue};
use tempfile::TempDir;

use super::{polling::wait_until, ports::free_port, redis_server::Running, smtp::tls_file};

const READY: &str = "ready to accept connections";

/// One redis-server on a port of its own.
pub struct Node {
    pub port: u16,
    /// Where it is reached over TLS, as `localhost`.
    tls_port: Option<u16>,
    folder: TempDir,
    running: Mutex<Option<Running>>,
}

impl Node {
    /// Starts a server that persists nothing, and syncs its replicas without delay.
    pub fn start(more: &[&str]) -> Self {
        Self::start_with(None, more)
    }

    fn start_with(tls_port: Option<u16>, more: &[&str]) -> Self {
        let node = Self {
            port: free_port(),
            tls_port,
            folder: tempfile::tempdir().expect("a folder for redis-server"),
            running: Mutex::default(),
        };
        let port = node.port.to_string();
        let settings = ["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
        let replication = ["--repl-diskless-sync-delay", "0", "--maxmemory-policy", "noeviction"];
        let tls = tls_port.map(tls_settings).unwrap_or_default();
        let tls: Vec<String> =
            tls.iter().flat_map(|(name, value)| [format!("--{name}"), value.clone()]).collect();
        let tls: Vec<&str> = tls.iter().map(String::as_str).collect();
        node.run(&[&settings[..], &replication[..], &tls, more].concat(), READY);
        node
    }

    fn run(&self, arguments: &[&str], ready: &str) {
        let running = Running::start(self.folder.path(), arguments, ready);
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
    }

    /// Sends SIGKILL; returns once the process has ended.
    pub fn kill(&self) {
        drop(self.running.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where apps and the other servers reach it: over TLS, if it has that.
    fn place(&self) -> (&'static str, u16) {
        self.tls_port.map_or(("127.0.0.1", self.port), |port| ("localhost", port))
    }

    pub fn connect(&self) -> Connection {
        let client = Client::open(format!("redis://{}", self.address())).expect("an address");
        client.get_connection().expect("the server answers")
    }

    /// Runs a command; spaces separate its words.
    pub fn query<T: FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split_whitespace();
        let mut asked = redis::cmd(words.next().expect("a command"));
        words.for_each(|word| {
            asked.arg(word);
        });
        asked.query(&mut self.connect()).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    fn reports(&self, command: &str, text: &str) -> bool {
        self.query::<String>(command).lines().any(|line| line.trim() == text)
    }

    /// Returns once this many replicas have every write that it acknowledged.
    pub fn wait_until_replicated(&self, replicas: u32) {
        // A write of ours comes after all writes of others, so its offset covers them.
        let mut connection = self.connect();
        let _ = redis::cmd("PUBLISH").arg("no-subscriber").arg("").exec(&mut connection);
        let offset = |info: String, field: &str| {
            let line = info.lines().find_map(|line| line.strip_prefix(field)).expect("an offset");
            line.trim().parse::<u64>().expect("a number")
        };
        wait_until("the replicas have every write", || {
            let ours = offset(self.query("INFO replication"), "master_repl_offset:");
            let info: String = self.query("INFO replication");
            let copies = info.lines().filter(|line| line.starts_with("slave"));
            let behind = |line: &str| {
                let at = line.split(',').find_map(|part| part.strip_prefix("offset=")).map(str::trim);
                at.and_then(|at| at.parse::<u64>().ok()).is_none_or(|at| at < ours)
            };
            copies.filter(|line| line.contains("state=online") && !behind(line)).count() >= replicas as usize
        });
    }
}

/// What a server or a Sentinel needs for TLS at this port, also to the others.
fn tls_settings(port: u16) -> Vec<(&'static str, String)> {
    let file = |name| tls_file(name).to_str().expect("a plain path").to_owned();
    vec![
        ("tls-port", port.to_string()),
        ("tls-cert-file", file("localhost.pem")),
        ("tls-key-file", file("localhost.key")),
        ("tls-ca-cert-file", file("authority.pem")),
        ("tls-auth-clients", "no".to_owned()),
        ("tls-replication", "yes".to_owned()),
    ]
}

/// `redis` or `rediss`, as addresses of these servers begin, and where these servers are.
fn named(nodes: &[&Node]) -> (&'static str, String) {
    let scheme = if nodes.iter().any(|node| node.tls_port.is_some()) { "rediss" } else { "redis" };
    let places = nodes.iter().map(|node| node.place());
    (scheme, places.map(|(host, port)| format!("{host}:{port}")).collect::<Vec<_>>().join(","))
}

/// Three masters, each with a replica.
pub struct Cluster {
    pub masters: Vec<Node>,
    pub replicas: Vec<Node>,
}

/// The slots of each master.
const SLOTS: [(u16, u16); 3] = [(0, 5_460), (5_461, 10_922), (10_923, 16_383)];

impl Cluster {
    pub fn start() -> Self {
        Self::start_with(&[], || None)
    }

    /// The same over TLS.
    pub fn start_encrypted() -> Self {
        let named =
            ["--cluster-announce-hostname", "localhost", "--cluster-preferred-endpoint-type", "hostname"];
        Self::start_with(&[&["--tls-cluster", "yes"], &named[..]].concat(), || Some(free_port()))
    }

    fn start_with(more: &[&str], tls_port: impl Fn() -> Option<u16>) -> Self {
        let node = || {
            let bus = free_port().to_string();
            let of_cluster =
                ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-port", &bus];
            Node::start_with(tls_port(), &[&of_cluster, more].concat())
        };
        let masters: Vec<Node> = SLOTS.iter().map(|_| node()).collect();
        let replicas: Vec<Node> = SLOTS.iter().map(|_| node()).collect();
        let cluster = Self { masters, replicas };
        for (epoch, (master, (first, last))) in cluster.masters.iter().zip(SLOTS).enumerate() {
            let _: () = master.query(&format!("CLUSTER SET-CONFIG-EPOCH {}", epoch + 1));
            let _: () = master.query(&format!("CLUSTER ADDSLOTSRANGE {first} {last}"));
        }
        for node in cluster.nodes().skip(1) {
            let config: Vec<String> = node.query("CONFIG GET cluster-port");
            let meet = format!("CLUSTER MEET 127.0.0.1 {} {}", node.place().1, config[1]);
            let _: () = cluster.masters[0].query(&meet);
        }
        for node in cluster.nodes() {
            wait_until("every node knows the others", || {
                node.reports("CLUSTER INFO", "cluster_known_nodes:6")
            });
        }
        for (replica, master) in cluster.replicas.iter().zip(&cluster.masters) {
            let id: String = master.query("CLUSTER MYID");
            wait_until("a replica has its master", || {
                let asked = redis::cmd("CLUSTER").arg("REPLICATE").arg(&id).exec(&mut replica.connect());
                asked.is_ok()
            });
        }
        for replica in &cluster.replicas {
            wait_until("a replica is in sync", || {
                replica.reports("INFO replication", "master_link_status:up")
            });
        }
        for node in cluster.nodes() {
            wait_until("the cluster is up", || node.reports("CLUSTER INFO", "cluster_state:ok"));
            wait_until("the cluster knows its replicas", || {
                node.query::<String>("CLUSTER NODES").lines().filter(|line| line.contains("slave")).count()
                    == 3
            });
        }
        cluster
    }

    fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.masters.iter().chain(&self.replicas)
    }

    /// Says that a slot is about to move, as the first step of a move does.
    pub fn announce_move(&self, slot: u16, from: usize, to: usize) {
        let target_id: String = self.masters[to].query("CLUSTER MYID");
        let _: () = self.masters[from].query(&format!("CLUSTER SETSLOT {slot} MIGRATING {target_id}"));
    }

    /// Writes a key of a slot that another master has, as a move leaves it that is given up.
    pub fn leave_behind(&self, slot: u16, on: usize, key: &str, value: &str) {
        let (master, other) = (&self.masters[on], &self.masters[(on + 1) % 3]);
        let other_id: String = other.query("CLUSTER MYID");
        let _: () = master.query(&format!("CLUSTER SETSLOT {slot} IMPORTING {other_id}"));
        let mut write = redis::pipe();
        write.cmd("ASKING").ignore().cmd("SET").arg(key).arg(value).ignore();
        write.exec(&mut master.connect()).expect("it is written");
        let _: () = master.query(&format!("CLUSTER SETSLOT {slot} STABLE"));
    }

    /// The address for the app: two of the servers name the others.
    pub fn url(&self) -> String {
        let (scheme, places) = named(&[&self.masters[0], &self.masters[1]]);
        format!("{scheme}-cluster://{places}")
    }

    /// The index of the master that first holds the keys of a link.
    pub fn master_of(&self, link: &str) -> usize {
        let slot = self.slot(link);
        SLOTS.iter().position(|(first, last)| (*first..=*last).contains(&slot)).expect("a slot")
    }

    pub fn slot(&self, link: &str) -> u16 {
        self.masters[0].query(&format!("CLUSTER KEYSLOT send:active:{{{link}}}"))
    }

    /// Moves a slot with all its keys from one master to another, as `redis-cli --cluster reshard` does.
    pub fn move_slot(&self, slot: u16, from: usize, to: usize) {
        let (source, target) = (&self.masters[from], &self.masters[to]);
        let [source_id, target_id] = [source, target].map(|node| node.query::<String>("CLUSTER MYID"));
        let _: () = target.query(&format!("CLUSTER SETSLOT {slot} IMPORTING {source_id}"));
        let _: () = source.query(&format!("CLUSTER SETSLOT {slot} MIGRATING {target_id}"));
        let keys: Vec<String> = source.query(&format!("CLUSTER GETKEYSINSLOT {slot} 100"));
        let mut migrate = redis::cmd("MIGRATE");
        migrate.arg("127.0.0.1").arg(target.port).arg("").arg(0).arg(5_000).arg("KEYS").arg(keys);
        migrate.exec(&mut source.connect()).expect("the keys move");
        for node in [target, source] {
            let _: () = node.query(&format!("CLUSTER SETSLOT {slot} NODE {target_id}"));
        }
    }
}

/// A master, a replica, and three Sentinels.
pub struct SentinelGroup {
    pub master: Node,
    pub replica: Node,
    sentinels: Vec<Node>,
}

impl SentinelGroup {
    pub fn start() -> Self {
        Self::start_with(|| None)
    }

    /// The same over TLS, also among the servers.
    pub fn start_encrypted() -> Self {
        Self::start_with(|| Some(free_port()))
    }

    fn start_with(tls_port: impl Fn() -> Option<u16>) -> Self {
        let master = Node::start_with(tls_port(), &[]);
        let (host, port) = master.place();
        let port = port.to_string();
        let replica =
            Node::start_with(tls_port(), &["--replicaof", host, &port, "--replica-announce-ip", host]);
        wait_until("the replica is in sync", || replica.reports("INFO replication", "master_link_status:up"));
        let sentinels = (0..3).map(|_| Self::sentinel(&master, tls_port())).collect();
        let group = Self { master, replica, sentinels };
        for sentinel in &group.sentinels {
            wait_until("the Sentinels know one another and the replica", || {
                let said: String = sentinel.query("INFO sentinel");
                said.contains("slaves=1,sentinels=3")
            });
        }
        group
    }

    fn sentinel(master: &Node, tls_port: Option<u16>) -> Node {
        let node = Node {
            port: free_port(),
            tls_port,
            folder: tempfile::tempdir().expect("a folder for Sentinel"),
            running: Mutex::default(),
        };
        let config = node.folder.path().join("sentinel.conf");
        let (host, port) = master.place();
        let mut lines = format!(
            "port {}\nbind 127.0.0.1\nsentinel resolve-hostnames yes\nsentinel announce-hostnames yes\n\
             sentinel monitor reading {host} {port} 2\n\
             sentinel down-after-milliseconds reading 1000\nsentinel failover-timeout reading 5000\n",
            node.port
        );
        for (name, value) in tls_port.map(tls_settings).unwrap_or_default() {
            lines.push_str(&format!("{name} {value}\n"));
        }
        std::fs::write(&config, lines).expect("Sentinel's settings");
        node.run(&[config.to_str().expect("a plain path"), "--sentinel"], "+monitor master reading");
        node
    }

    /// The address for the app.
    pub fn url(&self) -> String {
        let (scheme, places) = named(&self.sentinels.iter().collect::<Vec<_>>());
        format!("{scheme}-sentinel://{places}/reading")
    }
}
