//! Tokio's tasks. Runs one workload and prints what was measured; sizes come from the environment.
mod blocking;
mod channels;
mod echo;
mod measurement;
mod savina_computing;
mod savina_messages;
mod tasks;

fn main() {
    let workload = std::env::args().nth(1).unwrap_or_default();
    let run = match workload.as_str() {
        "switch" => tasks::switch,
        "spawn" => tasks::spawn,
        "million" => tasks::million,
        "pingpong" => channels::pingpong,
        "ring" => channels::ring,
        "skynet" => tasks::skynet,
        "mpsc" => channels::mpsc,
        "mutex" => tasks::mutex,
        "timers" => tasks::timers,
        "blocking" => blocking::blocking,
        "big" => savina_messages::big,
        "chameneos" => savina_messages::chameneos,
        "philosophers" => savina_messages::philosophers,
        "bank" => savina_messages::bank,
        "bounded_buffer" => savina_computing::bounded_buffer,
        "astar" => savina_computing::astar,
        "apsp" => savina_computing::apsp,
        "echo" => echo::echo,
        _ => {
            eprintln!("usage: tokio-peer WORKLOAD");
            std::process::exit(2);
        }
    };
    run();
}
