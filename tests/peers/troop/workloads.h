// The workloads that this program runs, each in a file of its own, by the names that all peers use.
//
// The measured entity is the Thread, in a troop with default limits; metrics that end in _tasks are
// of Tasks within one Thread, and so are those of files.
#pragma once

namespace troop::peers {

void runSwitch();
void runSpawn();
void runMillion();
void runMillionOwnStacks();  // as the next, in an OS process of their own, whose memory is theirs
void runMillionCoroutines();
void runPingPong();
void runRing();
void runSkynet();
void runMpsc();
void runMutex();
void runSharedCount();
void runTimers();
void runBlocking();
void runEcho();     // starts this program as the next, and drives it
void runEchoRaw();  // the same without Tasks
void runFiles();
void runEchoServer();
void runEchoRawServer();

// Of the Savina collection of actor benchmarks.
void runBig();
void runChameneos();
void runPhilosophers();
void runBank();
void runBoundedBuffer();
void runAStar();
void runApsp();

}  // namespace troop::peers
