use crate::measurement::*;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

enum Message {
    Ping(usize),
    Pong,
    End,
}

async fn big_worker(
    own: usize,
    pings: usize,
    mut mailbox: mpsc::Receiver<Message>,
    workers: Vec<mpsc::Sender<Message>>,
    done: mpsc::Sender<()>,
) {
    let (mut random, mut answered) = (own as u64, 0);
    let mut somebody = || {
        random = mix(random);
        (own + 1 + (random % (workers.len() as u64 - 1)) as usize) % workers.len()
    };
    workers[somebody()].send(Message::Ping(own)).await.unwrap();
    while let Some(message) = mailbox.recv().await {
        match message {
            Message::Ping(from) => workers[from].send(Message::Pong).await.unwrap(),
            Message::End => return,
            Message::Pong => {
                answered += 1;
                if answered < pings {
                    workers[somebody()].send(Message::Ping(own)).await.unwrap();
                } else {
                    done.send(()).await.unwrap();
                }
            }
        }
    }
}

pub fn big() {
    let (workers, pings) = (size("BIG_WORKERS", 120), size("BIG_PINGS", 20_000));
    multi(async move {
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..workers).map(|_| mpsc::channel(workers + 1)).unzip();
        let (done, mut ended) = mpsc::channel(workers);
        let start = Instant::now();
        let mut handles = Vec::new();
        for (own, mailbox) in receivers.into_iter().enumerate() {
            let worker = big_worker(own, pings, mailbox, senders.clone(), done.clone());
            handles.push(tokio::spawn(worker));
        }
        for _ in 0..workers {
            ended.recv().await.unwrap();
        }
        for sender in &senders {
            sender.send(Message::End).await.unwrap();
        }
        for handle in handles {
            handle.await.unwrap();
        }
        report("big", "ping", ns_each(start, workers * pings), "ns");
    });
}

fn complement(mine: usize, other: usize) -> usize {
    if mine == other { mine } else { 3 - mine - other }
}

async fn creature(
    own: usize,
    mall: mpsc::Sender<(usize, usize)>,
    mut answers: mpsc::Receiver<usize>,
) -> usize {
    let (mut colour, mut meetings) = (own % 3, 0);
    loop {
        mall.send((own, colour)).await.unwrap();
        let Some(other) = answers.recv().await else { return meetings };
        colour = complement(colour, other);
        meetings += 1;
    }
}

pub fn chameneos() {
    let n = size("CHAMENEOS_CREATURES", 100);
    let meetings = size("CHAMENEOS_MEETINGS", 200_000);
    multi(async move {
        let (mall, mut visits) = mpsc::channel(n);
        let start = Instant::now();
        let (mut answers, mut handles) = (Vec::new(), Vec::new());
        for own in 0..n {
            let (answer, receiver) = mpsc::channel(1);
            answers.push(answer);
            handles.push(tokio::spawn(creature(own, mall.clone(), receiver)));
        }
        for _ in 0..meetings {
            let (first, first_colour) = visits.recv().await.unwrap();
            let (second, second_colour): (usize, usize) = visits.recv().await.unwrap();
            answers[first].send(second_colour).await.unwrap();
            answers[second].send(first_colour).await.unwrap();
        }
        drop(answers);
        let mut met = 0;
        for handle in handles {
            met += handle.await.unwrap();
        }
        report("chameneos", "meeting", ns_each(start, meetings), "ns");
        assert_eq!(met, 2 * meetings);
    });
}

/// A fork is an asynchronous mutex: what Tokio offers for it.
pub fn philosophers() {
    let (n, meals) = (size("PHILOSOPHERS_N", 20), size("PHILOSOPHERS_MEALS", 10_000));
    multi(async move {
        let forks: Vec<_> =
            (0..n).map(|_| std::sync::Arc::new(tokio::sync::Mutex::new(()))).collect();
        let start = Instant::now();
        let mut handles = Vec::new();
        for i in 0..n {
            let first = forks[i.min((i + 1) % n)].clone();
            let second = forks[i.max((i + 1) % n)].clone();
            handles.push(tokio::spawn(async move {
                for _ in 0..meals {
                    let _first = first.lock().await;
                    let _second = second.lock().await;
                }
            }));
        }
        for handle in handles {
            handle.await.unwrap();
        }
        report("philosophers", "meal", ns_each(start, n * meals), "ns");
    });
}

enum Order {
    Debit { amount: i64, to: usize },
    Credit { amount: i64, credited: oneshot::Sender<()> },
    End,
}

async fn account(
    mut orders: mpsc::Receiver<Order>,
    accounts: Vec<mpsc::Sender<Order>>,
    teller: mpsc::Sender<()>,
) -> i64 {
    let mut balance = 0;
    while let Some(order) = orders.recv().await {
        match order {
            Order::Credit { amount, credited } => {
                balance += amount;
                credited.send(()).unwrap();
            }
            Order::Debit { amount, to } => {
                balance -= amount;
                let (credited, answer) = oneshot::channel();
                accounts[to].send(Order::Credit { amount, credited }).await.ok().unwrap();
                answer.await.unwrap();
                teller.send(()).await.unwrap();
            }
            Order::End => break,
        }
    }
    balance
}

async fn issue(transactions: usize, accounts: Vec<mpsc::Sender<Order>>) {
    let (mut random, n) = (1, accounts.len() as u64);
    for _ in 0..transactions {
        random = mix(random);
        let from = random % (n - 1);
        random = mix(random);
        let to = (from + 1 + random % (n - 1 - from)) as usize;
        let amount = (random % 1000) as i64;
        accounts[from as usize].send(Order::Debit { amount, to }).await.ok().unwrap();
    }
}

pub fn bank() {
    let n = size("BANK_ACCOUNTS", 1000);
    let transactions = size("BANK_TRANSACTIONS", 50_000);
    multi(async move {
        let (accounts, orders): (Vec<_>, Vec<_>) = (0..n).map(|_| mpsc::channel(64)).unzip();
        let (teller, mut done) = mpsc::channel(64);
        let mut handles = Vec::new();
        for mailbox in orders {
            handles.push(tokio::spawn(account(mailbox, accounts.clone(), teller.clone())));
        }
        let start = Instant::now();
        tokio::spawn(issue(transactions, accounts.clone()));
        for _ in 0..transactions {
            done.recv().await.unwrap();
        }
        report("bank", "transaction", ns_each(start, transactions), "ns");
        for account in &accounts {
            account.send(Order::End).await.ok().unwrap();
        }
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.unwrap();
        }
        assert_eq!(sum, 0, "money was made or lost");
    });
}
