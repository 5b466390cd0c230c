//! The crate rtnetlink as a contestant: ../README.md says what it is received and what it answers.
use futures::channel::mpsc::UnboundedReceiver;
use futures::{StreamExt, TryStreamExt};
use rtnetlink::packet::rtnl::route::nlas::Nla;
use rtnetlink::packet::{NetlinkMessage, NetlinkPayload, RouteMessage, RtnlMessage};
use rtnetlink::sys::{AsyncSocket, SocketAddr};
use rtnetlink::{new_connection, Handle, IpVersion};
use std::collections::HashMap;
use std::error::Error;
use std::io::BufRead;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;
/// Table, destination, its bits, type of service, metric.
type Key = (u32, Vec<u8>, u8, u8, u32);
type Table = HashMap<Key, RouteMessage>;
type Messages = UnboundedReceiver<(NetlinkMessage<RtnlMessage>, SocketAddr)>;

/// Requests under way at once: the default receive buffer holds the acks of twice as many.
const IN_FLIGHT: usize = 128;
/// Seconds without a message after which everything is taken for received.
const QUIET: f64 = 0.3;
const RTMGRP_IPV4_ROUTE: u32 = 0x40;

#[derive(Default)]
struct Followed {
    table: Table,
    received: u64,
    last: f64,
    ended: bool,
}

struct Place {
    ifindex: u32,
    gateway: u32,
    gateways: u32,
}

/// Seconds by CLOCK_MONOTONIC, which the other processes read too.
fn now() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn key(route: &RouteMessage) -> Key {
    let (mut table, mut destination, mut metric) = (u32::from(route.header.table), Vec::new(), 0);
    for nla in &route.nlas {
        match nla {
            Nla::Table(id) => table = *id,
            Nla::Destination(bytes) => destination = bytes.clone(),
            Nla::Priority(value) => metric = *value,
            _ => {}
        }
    }
    (table, destination, route.header.destination_prefix_length, route.header.tos, metric)
}

async fn dump() -> Outcome<Vec<RouteMessage>> {
    let (connection, handle, _) = new_connection()?;
    tokio::spawn(connection);
    Ok(handle.route().get(IpVersion::V4).execute().try_collect().await?)
}

fn table_of(routes: Vec<RouteMessage>) -> Table {
    routes.into_iter().map(|route| (key(&route), route)).collect()
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// Every number below `count` once, in the order in which the writer in C deletes.
fn scattered(count: u64) -> impl Iterator<Item = u64> {
    let mut stride = (count as f64 * 0.6180339887) as u64 | 1;
    while common_divisor(stride, count) != 1 {
        stride += 1;
    }
    (0..count).map(move |turn| turn * stride % count)
}

async fn change(place: &Place, words: &[&str]) -> Outcome<String> {
    let (count, table, protocol): (u64, u8, u8) = (words[1].parse()?, words[2].parse()?, words[3].parse()?);
    let adds = words[0] == "add";
    let (connection, handle, _) = new_connection()?;
    tokio::spawn(connection);
    let numbers: Box<dyn Iterator<Item = u64> + Send> =
        if adds { Box::new(0..count) } else { Box::new(scattered(count)) };
    let start = Instant::now();
    futures::stream::iter(numbers.map(Ok))
        .try_for_each_concurrent(IN_FLIGHT, |number| send(&handle, place, adds, number as u32, table, protocol))
        .await?;
    Ok(format!("{{\"seconds\":{},\"sent\":{}}}", start.elapsed().as_secs_f64(), count))
}

async fn send(handle: &Handle, place: &Place, adds: bool, number: u32, table: u8, protocol: u8) -> Outcome<()> {
    let request = handle
        .route()
        .add()
        .v4()
        .destination_prefix(Ipv4Addr::from(0x0a00_0000 + number), 32)
        .gateway(Ipv4Addr::from(place.gateway + number % place.gateways))
        .output_interface(place.ifindex)
        .table(table)
        .protocol(protocol);
    if adds {
        request.execute().await?;
    } else {
        let mut request = request;
        let message = request.message_mut().clone();
        handle.route().del(message).execute().await?;
    }
    Ok(())
}

async fn follow() -> Outcome<Arc<Mutex<Followed>>> {
    let (mut connection, _, messages) = new_connection()?;
    connection.socket_mut().socket_mut().bind(&SocketAddr::new(0, RTMGRP_IPV4_ROUTE))?;
    tokio::spawn(connection);
    let followed = Arc::new(Mutex::new(Followed { table: table_of(dump().await?), ..Followed::default() }));
    tokio::spawn(keep(messages, followed.clone()));
    Ok(followed)
}

async fn keep(mut messages: Messages, followed: Arc<Mutex<Followed>>) {
    while let Some((message, _)) = messages.next().await {
        let mut followed = followed.lock().unwrap();
        match message.payload {
            NetlinkPayload::InnerMessage(RtnlMessage::NewRoute(route)) => {
                followed.table.insert(key(&route), route);
            }
            NetlinkPayload::InnerMessage(RtnlMessage::DelRoute(route)) => {
                followed.table.remove(&key(&route));
            }
            _ => continue,
        }
        followed.received += 1;
        followed.last = now();
    }
    followed.lock().unwrap().ended = true;
}

async fn catch_up(followed: &Mutex<Followed>, unblocked: f64) -> String {
    let asked = now();
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let Followed { received, last, ended, .. } = *followed.lock().unwrap();
        let latest = last.max(unblocked);
        if ended || now() - latest.max(asked) > QUIET {
            return format!(
                "{{\"fresh\":{latest},\"unblocked\":{unblocked},\"received\":{received},\"overruns\":{0},\"ended\":{0}}}",
                u8::from(ended)
            );
        }
    }
}

async fn compare(followed: &Mutex<Followed>) -> Outcome<String> {
    let fresh = table_of(dump().await?);
    let table = &followed.lock().unwrap().table;
    let missing = fresh.keys().filter(|key| !table.contains_key(*key)).count();
    let surplus = table.keys().filter(|key| !fresh.contains_key(*key)).count();
    Ok(format!("{{\"lost\":{}}}", missing + surplus))
}

async fn obey(place: Place) -> Outcome<()> {
    let mut followed = Arc::new(Mutex::new(Followed::default()));
    let mut unblocked = 0.0;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words[0] {
            "dump" => {
                let start = Instant::now();
                let routes = dump().await?;
                format!("{{\"seconds\":{},\"routes\":{}}}", start.elapsed().as_secs_f64(), routes.len())
            }
            "add" | "delete" => change(&place, &words).await?,
            "follow" => {
                followed = follow().await?;
                "{}".to_string()
            }
            "block" => {
                // Whoever takes the messages waits for the lock.
                let _held = followed.lock().unwrap();
                println!("{{}}");
                std::thread::sleep(Duration::from_millis(words[1].parse()?));
                unblocked = now();
                continue;
            }
            "catch-up" => catch_up(&followed, unblocked).await,
            "compare" => compare(&followed).await?,
            other => return Err(format!("\"{}\" is no command", other).into()),
        };
        println!("{}", answer);
    }
    Ok(())
}

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let gateway: Ipv4Addr = words[1].parse()?;
    let place = Place { ifindex: words[0].parse()?, gateway: gateway.into(), gateways: words[2].parse()? };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(obey(place))
}
