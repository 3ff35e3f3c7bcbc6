%% Erlang's processes. Runs one workload and prints what was measured; sizes come from the environment.
-module(workloads).
-export([main/1]).

size(Name, Otherwise) ->
    case os:getenv(Name) of
        false -> Otherwise;
        Text -> list_to_integer(Text)
    end.

report(Workload, Metric, Value, Unit) ->
    io:format("erlang\t~s\t~s\t~.3f\t~s~n", [Workload, Metric, float(Value), Unit]).

now_ns() -> erlang:monotonic_time(nanosecond).

%% Bytes of what the kernel names VmRSS, VmHWM or VmPTE.
memory(Key) ->
    {ok, S} = file:read_file("/proc/self/status"),
    {match, [Kb]} = re:run(S, Key ++ ":\\s+(\\d+)", [{capture, [1], list}]),
    list_to_integer(Kb) * 1024.

cpu_seconds() -> %% user + system of the whole emulator, in clock ticks of 10 ms
    {ok, S} = file:read_file("/proc/self/stat"),
    [_, Rest] = binary:split(S, <<") ">>),
    F = binary:split(Rest, <<" ">>, [global]),
    (binary_to_integer(lists:nth(12, F)) + binary_to_integer(lists:nth(13, F))) / 100.

times(0, _) -> ok;
times(N, F) -> F(), times(N - 1, F).

%% waits for N messages Tag
collect(0, _) -> ok;
collect(N, Tag) -> receive Tag -> collect(N - 1, Tag) end.

%% The measuring process collects up to a million messages while it still spawns: its queue is kept off its heap and its
%% heap starts large, or every minor collection would walk the queue.
main([W | Args]) ->
    {_, Ref} = spawn_opt(fun() -> apply_workload(W, Args) end,
                         [monitor, {message_queue_data, off_heap}, {min_heap_size, 4000000}]),
    receive {'DOWN', Ref, _, _, Reason} -> halt(case Reason of normal -> 0; _ -> 1 end) end.

apply_workload(switch, []) ->
    N = size("SWITCH_N", 10000000),
    Me = self(),
    T0 = now_ns(),
    Loop = fun() -> yields(N div 2), Me ! done end,
    spawn(Loop), spawn(Loop),
    collect(2, done),
    report("switch", "yield", (now_ns() - T0) / N, "ns");

apply_workload(spawn, []) ->
    N = size("SPAWN_N", 1000000),
    Me = self(),
    T0 = now_ns(),
    times(N, fun() -> spawn(fun() -> Me ! done end) end),
    collect(N, done),
    report("spawn", "spawn_join", (now_ns() - T0) / N, "ns");

apply_workload(million, []) ->
    N = size("MILLION_N", 1000000),
    Keys = ["VmHWM", "VmRSS", "VmPTE"],
    Before = [memory(Key) || Key <- Keys],
    Me = self(),
    T0 = now_ns(),
    Pids = [spawn(fun() -> Me ! ready, receive go -> Me ! done end end) || _ <- lists:seq(1, N)],
    collect(N, ready),
    Started = now_ns() - T0,
    timer:sleep(size("MILLION_SETTLE_MS", 3000)),
    Settled = [memory(Key) || Key <- Keys],
    T1 = now_ns(),
    lists:foreach(fun(P) -> P ! go end, Pids),
    collect(N, done),
    report("million", "seconds", (Started + now_ns() - T1) / 1.0e9, "s"),
    [report("million", Metric, (After - Early) / N, "B") ||
        {Metric, After, Early} <-
            lists:zip3(["rss_per_task", "settled_per_task", "page_tables_per_task"], Settled, Before)];

apply_workload(pingpong, [Metric]) ->
    Pinned = Metric =:= roundtrip_2t_pinned,
    N = case Pinned of true -> size("PINGPONG_PINNED_N", 100000); false -> size("PINGPONG_N", 1000000) end,
    Opt = fun(I) -> case Pinned of true -> [{scheduler, I}]; false -> [] end end,
    Me = self(),
    T0 = now_ns(),
    Pong = spawn_opt(fun() -> pong(N) end, Opt(2)),
    spawn_opt(fun() -> ping(N, Pong), Me ! done end, Opt(1)),
    collect(1, done),
    report("pingpong", atom_to_list(Metric), (now_ns() - T0) / N, "ns");

apply_workload(ring, []) ->
    Tasks = size("RING_TASKS", 1000), Laps = size("RING_LAPS", 1000),
    First = lists:foldl(fun(_, Next) -> spawn(fun() -> forward(Next) end) end, self(), lists:seq(1, Tasks - 1)),
    T0 = now_ns(),
    times(Laps, fun() -> First ! token, receive token -> ok end end), %% this process is the last of the ring
    report("ring", "hop", (now_ns() - T0) / (Tasks * Laps), "ns");

apply_workload(skynet, []) ->
    N = size("SKYNET_N", 1000000),
    Me = self(),
    T0 = now_ns(),
    spawn(fun() -> skynet(Me, 0, N) end),
    Sum = N * (N - 1) div 2,
    receive {sum, Sum} -> ok end,
    report("skynet", "total", (now_ns() - T0) / 1.0e9, "s");

apply_workload(mpsc, []) ->
    P = size("MPSC_PRODUCERS", 16), Per = size("MPSC_N", 4000000) div P,
    Me = self(),
    Consumer = spawn_opt(fun() -> collect(Per * P, msg), Me ! done end, [{message_queue_data, off_heap}]),
    T0 = now_ns(),
    times(P, fun() -> spawn(fun() -> times(Per, fun() -> Consumer ! msg end) end) end),
    collect(1, done),
    report("mpsc", "unbounded", Per * P / ((now_ns() - T0) / 1.0e9), "msg/s");

apply_workload(mutex, []) -> %% no shared memory: a process owns the counter, every increment is a call to it
    Tasks = size("MUTEX_TASKS", 64), Per = size("MUTEX_N", 2000000) div Tasks,
    Me = self(),
    Owner = spawn(fun() -> counter(0) end),
    T0 = now_ns(),
    times(Tasks, fun() -> spawn(fun() -> times(Per, fun() -> Owner ! {inc, self()}, receive ok -> ok end end), Me ! done end) end),
    collect(Tasks, done),
    report("mutex", "increment_by_actor_call", (now_ns() - T0) / (Per * Tasks), "ns");

apply_workload(timers, []) -> %% receive ... after takes whole milliseconds
    N = size("TIMERS_N", 1000000),
    Me = self(),
    C0 = cpu_seconds(), T0 = now_ns(),
    times(N, fun() -> spawn(fun() ->
        Ms = rand:uniform(1000) - 1,
        T = now_ns(),
        receive after Ms -> Me ! {over, now_ns() - T - Ms * 1000000} end
    end) end),
    Over = lists:sort([receive {over, O} -> O end || _ <- lists:seq(1, N)]),
    Total = (now_ns() - T0) / 1.0e9, Cpu = cpu_seconds() - C0,
    report("timers", "overshoot_p50", lists:nth(N div 2, Over) / 1000, "us"),
    report("timers", "overshoot_p99", lists:nth(N * 99 div 100, Over) / 1000, "us"),
    report("timers", "cpu", Cpu, "s"),
    report("timers", "total", Total, "s");

apply_workload(big, []) ->
    N = size("BIG_WORKERS", 120), Pings = size("BIG_PINGS", 20000),
    Me = self(),
    T0 = now_ns(),
    Pids = [spawn(fun() -> receive {workers, All} -> big(Pings, All, Me) end end) || _ <- lists:seq(1, N)],
    lists:foreach(fun(P) -> P ! {workers, list_to_tuple(Pids)} end, Pids),
    collect(N, done),
    Monitors = [monitor(process, P) || P <- Pids],
    lists:foreach(fun(P) -> P ! finish end, Pids),
    [receive {'DOWN', M, _, _, _} -> ok end || M <- Monitors],
    report("big", "ping", (now_ns() - T0) / (N * Pings), "ns");

apply_workload(chameneos, []) ->
    N = size("CHAMENEOS_CREATURES", 100), Meetings = size("CHAMENEOS_MEETINGS", 200000),
    Me = self(),
    T0 = now_ns(),
    Pids = [spawn(fun() -> creature(Me, I rem 3, 0) end) || I <- lists:seq(1, N)],
    times(Meetings, fun meet/0),
    lists:foreach(fun(P) -> P ! finish end, Pids),
    Met = lists:sum([receive {met, Count} -> Count end || _ <- Pids]),
    report("chameneos", "meeting", (now_ns() - T0) / Meetings, "ns"),
    Met = 2 * Meetings;

apply_workload(bank, []) ->
    N = size("BANK_ACCOUNTS", 1000), Transactions = size("BANK_TRANSACTIONS", 50000),
    Me = self(),
    Pids = list_to_tuple([spawn(fun() -> account(Me, 0) end) || _ <- lists:seq(1, N)]),
    T0 = now_ns(),
    times(Transactions, fun() ->
        From = rand:uniform(N - 1), To = From + rand:uniform(N - From),
        element(From, Pids) ! {debit, rand:uniform(1000) - 1, element(To, Pids)}
    end),
    collect(Transactions, transferred),
    report("bank", "transaction", (now_ns() - T0) / Transactions, "ns"),
    lists:foreach(fun(P) -> P ! finish end, tuple_to_list(Pids)),
    0 = lists:sum([receive {balance, B} -> B end || _ <- tuple_to_list(Pids)]).

yields(0) -> ok;
yields(N) -> erlang:yield(), yields(N - 1).

ping(0, _) -> ok;
ping(N, Pong) -> Pong ! {ping, self()}, receive pong -> ping(N - 1, Pong) end.

pong(0) -> ok;
pong(N) -> receive {ping, From} -> From ! pong, pong(N - 1) end.

forward(Next) -> receive M -> Next ! M, forward(Next) end.

counter(N) -> receive {inc, From} -> From ! ok, counter(N + 1) end.

skynet(Parent, Num, 1) -> Parent ! {sum, Num};
skynet(Parent, Num, Size) ->
    Me = self(), Sub = Size div 10,
    lists:foreach(fun(I) -> spawn(fun() -> skynet(Me, Num + I * Sub, Sub) end) end, lists:seq(0, 9)),
    Parent ! {sum, lists:sum([receive {sum, S} -> S end || _ <- lists:seq(1, 10)])}.

big(Pings, All, Me) ->
    ping_somebody(All),
    big(Pings, All, Me, 0).

big(Pings, All, Me, Answered) ->
    receive
        {ping, From} -> From ! pong, big(Pings, All, Me, Answered);
        pong when Answered + 1 < Pings -> ping_somebody(All), big(Pings, All, Me, Answered + 1);
        pong -> Me ! done, big(Pings, All, Me, Answered + 1);
        finish -> ok
    end.

ping_somebody(All) ->
    case element(rand:uniform(tuple_size(All)), All) of
        Other when Other =/= self() -> Other ! {ping, self()};
        _ -> ping_somebody(All)
    end.

%% Two creatures that visit, whoever they are.
meet() ->
    receive {visit, First, Colour1} -> ok end,
    receive {visit, Second, Colour2} -> ok end,
    First ! {other, Colour2},
    Second ! {other, Colour1}.

creature(Mall, Colour, Met) ->
    Mall ! {visit, self(), Colour},
    receive
        {other, Colour} -> creature(Mall, Colour, Met + 1);
        {other, Other} -> creature(Mall, 3 - Colour - Other, Met + 1);
        finish -> Mall ! {met, Met}
    end.

account(Teller, Balance) ->
    receive
        {credit, Amount, From} ->
            From ! credited,
            account(Teller, Balance + Amount);
        {debit, Amount, To} ->
            To ! {credit, Amount, self()},
            receive credited -> ok end,
            Teller ! transferred,
            account(Teller, Balance - Amount);
        finish -> Teller ! {balance, Balance}
    end.
