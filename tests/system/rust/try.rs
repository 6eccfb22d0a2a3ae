// SPDX-License-Identifier: BSD-2-Clause
//
// What programs in Rust ask of a system, through their standard library: `try WHAT`. Each prints
// the same on every system that does what it should (tests/system/scripts/rust).
use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{symlink, FileExt, MetadataExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, Once, RwLock};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, panic, process, thread};

type Done = Result<(), Box<dyn std::error::Error>>;

/// Threads that share a table, meet, and wait for each other.
fn threads() -> Done {
    let squares = Arc::new(Mutex::new(HashMap::new()));
    let meeting = Arc::new(Barrier::new(8));
    let handles: Vec<_> = (0..8u64)
        .map(|i| {
            let (squares, meeting) = (squares.clone(), meeting.clone());
            thread::spawn(move || {
                squares.lock().unwrap().insert(i, i * i);
                meeting.wait().is_leader()
            })
        })
        .collect();
    let leaders = handles.into_iter().map(|h| h.join().unwrap());
    println!("leaders {}", leaders.filter(|&leads| leads).count());
    println!("sum {}", squares.lock().unwrap().values().sum::<u64>());

    let state = Arc::new((Mutex::new(0), Condvar::new()));
    let other = state.clone();
    let turn = thread::spawn(move || {
        let (count, changed) = &*other;
        let mut c = count.lock().unwrap();
        while *c < 100 {
            c = changed.wait(c).unwrap();
            *c += 1;
            changed.notify_one();
        }
    });
    let (count, changed) = &*state;
    let mut c = count.lock().unwrap();
    while *c < 100 {
        *c += 1;
        changed.notify_one();
        c = changed.wait_timeout(c, Duration::from_millis(20)).unwrap().0;
    }
    drop(c);
    changed.notify_one();
    turn.join().unwrap();
    println!("turns {}", *count.lock().unwrap() >= 100);

    let hits = AtomicU64::new(0);
    let table = RwLock::new(vec![0u64; 16]);
    static START: Once = Once::new();
    thread::scope(|s| {
        for i in 0..4 {
            let (hits, table) = (&hits, &table);
            s.spawn(move || {
                for n in 0..1000 {
                    START.call_once(|| hits.store(0, Ordering::SeqCst));
                    hits.fetch_add(1, Ordering::SeqCst);
                    table.write().unwrap()[(n + i) % 16] += 1;
                }
            });
        }
    });
    let in_table: u64 = table.read().unwrap().iter().sum();
    println!("hits {} table {}", hits.load(Ordering::SeqCst), in_table);

    let (send, receive) = mpsc::sync_channel(2);
    let giver = thread::Builder::new().name("giver".into()).stack_size(64 << 10);
    giver.spawn(move || (0..100).for_each(|i| send.send(i).unwrap()))?;
    println!("received {}", receive.iter().sum::<i32>());
    println!("late {}", receive.recv_timeout(Duration::from_millis(5)).is_err());
    Ok(())
}

/// Files: written at places, renamed, linked, listed, measured.
fn files() -> Done {
    let place = env::temp_dir().join(format!("try-{}", process::id()));
    fs::create_dir_all(place.join("a/b/c"))?;
    let name = place.join("a/file");
    let mut f = fs::OpenOptions::new().read(true).write(true).create_new(true).open(&name)?;
    f.write_all(b"0123456789")?;
    f.write_at(b"xy", 4)?;
    f.seek(SeekFrom::End(-3))?;
    let mut end = String::new();
    f.read_to_string(&mut end)?;
    println!("end {} {}", end, fs::read_to_string(&name)?);
    f.set_len(4096)?;
    f.sync_all()?;
    fs::set_permissions(&name, fs::Permissions::from_mode(0o640))?;
    let m = fs::metadata(&name)?;
    println!("{} bytes, {:o}, {} link", m.len(), m.mode(), m.nlink());
    fs::hard_link(&name, place.join("a/again"))?;
    let link = place.join("a/b/link");
    symlink("../file", &link)?;
    println!("{} {:?}", fs::metadata(&link)?.nlink(), fs::read_link(&link)?);
    println!("{}", fs::copy(&name, place.join("copy"))?);
    fs::rename(place.join("copy"), place.join("a/b/c/copy"))?;
    println!("{:?}", fs::File::create(place.join("none/x")).err().map(|e| e.kind()));
    println!("{:?}", fs::remove_dir(place.join("a")).err().map(|e| e.raw_os_error()));
    let mut seen: Vec<_> = fs::read_dir(place.join("a"))?
        .map(|e| e.map(|e| (e.file_name(), e.file_type().map(|t| t.is_dir()).unwrap_or(false))))
        .collect::<Result<_, _>>()?;
    seen.sort();
    println!("{:?}", seen);
    println!("{}", fs::canonicalize(&link)? == fs::canonicalize(&name)?);
    fs::remove_dir_all(&place)?;
    println!("{}", place.exists());
    Ok(())
}

extern "C" {
    fn setpgid(pid: i32, group: i32) -> i32;
}

/// Programs that are started, spoken with, ended and asked how they ended.
fn children() -> Done {
    let mut speaker = Command::new("/bin/sh");
    speaker.args(["-c", "echo to $WHO; echo err >&2; exit 3"]).env("WHO", "you");
    let out = speaker.output()?;
    let (text, errors) = (String::from_utf8(out.stdout)?, String::from_utf8(out.stderr)?);
    println!("{:?} {:?} {:?}", text, errors, out.status.code());
    let mut upper = Command::new("tr");
    upper.args(["a-z", "A-Z"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut cat = upper.spawn()?;
    cat.stdin.take().unwrap().write_all(b"through a pipe\n")?;
    let mut text = String::new();
    cat.stdout.take().unwrap().read_to_string(&mut text)?;
    print!("{}", text);
    println!("{}", cat.wait()?.success());
    let mut sleeper = Command::new("sleep").arg("100").spawn()?;
    println!("{:?}", sleeper.try_wait()?);
    sleeper.kill()?;
    println!("{:?}", sleeper.wait()?.signal());
    let none = Command::new("/nonesuch").spawn();
    println!("{:?}", none.err().map(|e| e.kind()));
    println!("{:?}", Command::new("pwd").current_dir("/usr").output().map(|o| o.stdout.len()));
    let mut group = Command::new("sh");
    group.args(["-c", "kill -TERM 0; sleep 1"]);
    let own_group = || match unsafe { setpgid(0, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    };
    unsafe { group.pre_exec(own_group) };
    println!("{:?}", group.status()?.signal());
    let exits = |i| Command::new("sh").args(["-c", &format!("exit {}", i)]).spawn();
    let many: Vec<_> = (0..12).map(exits).collect::<Result<_, _>>()?;
    let mut sum = 0;
    for mut child in many {
        sum += child.wait()?.code().unwrap_or(1000);
    }
    println!("{}", sum);
    Ok(())
}

/// Panics that are caught, in threads and without; and memory that grows.
fn trouble() -> Done {
    panic::set_hook(Box::new(|_| {}));
    let caught = panic::catch_unwind(|| panic!("once")).unwrap_err();
    println!("{:?}", caught.downcast_ref::<&str>());
    println!("{}", thread::spawn(|| Vec::<u8>::new()[0]).join().is_err());
    let poisoned = Arc::new(Mutex::new(1));
    let p = poisoned.clone();
    let holder = thread::spawn(move || {
        let _held = p.lock();
        panic!()
    });
    println!("{}", holder.join().is_err());
    println!("{}", poisoned.is_poisoned());
    let mut big = Vec::new();
    for i in 0..(1u32 << 20) {
        big.push(i);
    }
    println!("{}", big.iter().map(|&x| x as u64).sum::<u64>());
    fn deep(n: u64) -> u64 {
        if n == 0 { 0 } else { 1 + deep(n - 1) }
    }
    let diver = thread::Builder::new().stack_size(32 << 20).spawn(|| deep(100_000))?;
    println!("{}", diver.join().unwrap());
    println!("{:?}", "x".repeat(3).parse::<u32>().err().map(|e| e.to_string()));
    Ok(())
}

/// Clocks do not go back, and sleep is never early.
fn time() -> Done {
    let begin = Instant::now();
    thread::sleep(Duration::from_millis(30));
    println!("{}", begin.elapsed() >= Duration::from_millis(30));
    println!("{}", SystemTime::now() > SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000));
    let moments: Vec<_> = (0..1000).map(|_| Instant::now()).collect();
    println!("{}", moments.windows(2).all(|w| w[0] <= w[1]));
    let (parked, sleeper) = (Instant::now(), thread::current());
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(10));
        sleeper.unpark()
    });
    thread::park_timeout(Duration::from_secs(20));
    println!("{}", parked.elapsed() < Duration::from_secs(20));
    Ok(())
}

/// The words of the standard input, counted, the most frequent first.
fn words() -> Done {
    let mut counts = BTreeMap::new();
    for line in BufReader::new(io::stdin()).lines() {
        for word in line?.split_whitespace() {
            *counts.entry(word.to_lowercase()).or_insert(0) += 1;
        }
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let mut out = io::stdout().lock();
    for (word, n) in sorted {
        writeln!(out, "{:4} {}", n, word)?;
    }
    Ok(())
}

fn main() {
    let done = match env::args().nth(1).as_deref() {
        Some("threads") => threads(),
        Some("files") => files(),
        Some("children") => children(),
        Some("trouble") => trouble(),
        Some("time") => time(),
        Some("words") => words(),
        Some("abort") => process::abort(),
        Some("panic") => panic!("as asked"),
        Some("exec") => Err(Command::new("echo").args(env::args().skip(2)).exec().into()),
        _ => Err("usage: try threads|files|children|trouble|time|words|abort|panic|exec".into()),
    };
    if let Err(e) = done {
        eprintln!("try: {}", e);
        process::exit(1);
    }
}
