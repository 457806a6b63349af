# raftlab.py - simulated threads and servers in gdb. Needs a gdb with Python.
# "raftlab debug" loads it; docs/gdb.md explains how to use it.
#
# The process has one OS thread. Simulated threads ("fibers") that do not run
# are parked in fiber_switch() (sim/switch*): `sp` in struct thread points to
# the callee-saved registers on the thread's stack. "fiber N" shows a thread by
# loading these registers, and every command that lets the program run restores
# the real ones before.
import gdb

STATES = ["free", "ready", "paused", "running", "waits", "ended"]

# For each machine: the registers to load, the stack pointer last; the words that
# a switch in assembly leaves on the stack (None: ignored); and where libc's
# ucontext_t has the registers.
X86_64 = ["r15", "r14", "r13", "r12", "rbx", "rbp", "rip", "rsp"]
AARCH64 = ["x%d" % i for i in range(19, 31)] + ["pc", "sp"]
MACHINES = {
    "i386:x86-64": (
        X86_64,
        X86_64[:-1],
        {
            "r12": "gregs[4]",
            "r13": "gregs[5]",
            "r14": "gregs[6]",
            "r15": "gregs[7]",
            "rbp": "gregs[10]",
            "rbx": "gregs[11]",
            "rsp": "gregs[15]",
            "rip": "gregs[16]",
        },
    ),
    "aarch64": (
        AARCH64,
        [None] * 8 + AARCH64[:-2],
        None,  # libc parks in a function of its own: gdb finds no caller
    ),
}


class State:
    real = None  # registers of the running thread while another is shown
    shown = None  # number of the thread that is shown


def value(expression):
    return gdb.parse_and_eval(expression)


def text(array):
    return array.string(errors="replace")


# ---- Threads ---------------------------------------------------------------


def fibers():
    table = value("threads")
    if int(table["at"]) == 0:
        raise gdb.GdbError("no simulated run is in progress")
    for i in range(1, int(table["count"])):
        thread = table["at"][i].dereference()
        if STATES[int(thread["state"])] not in ("free", "ended"):
            yield thread


def fiber_of(number):
    for thread in fibers():
        if int(thread["number"]) == number:
            return thread
    raise gdb.GdbError("there is no fiber %d; 'fibers' lists them" % number)


def name_of(thread):
    if text(thread["names"]["full"]):
        return text(thread["names"]["full"])
    label = text(thread["names"]["label"])
    if not label and int(thread["start"]) != 0:
        block = gdb.block_for_pc(int(thread["start"]))
        while block and not block.function:
            block = block.superblock
        label = block.function.name if block else "thread"
    node = thread["node"]
    if int(node) == 0:
        return label
    return "%s%d/%s" % (text(node["name"]), int(node["index"]), label)


def server_of(thread):
    return int(thread["node"]["index"]) if int(thread["node"]) else -1


def is_current(thread):
    return int(thread.address) == int(value("sched.current"))


def waits_for(thread):
    if STATES[int(thread["state"])] != "waits":
        return ""
    words = text(thread["what"]) if int(thread["what"]) else "?"
    if int(thread["wait_holder"]) != 0:
        number = int(thread["wait_holder"].dereference())
        if number != 0:
            words += " held by fiber %d" % number
    if int(thread["timer"]) != 0:
        words += ", with a deadline"
    return words


def line_of(thread):
    words = [waits_for(thread)] if waits_for(thread) else []
    held = int(thread["held_count"])
    if held:
        words.append("holds %d mutex%s" % (held, "es" if held > 1 else ""))
    line = "%s%4d  %-32s %-8s %s" % (
        "*" if is_current(thread) else " ",
        int(thread["number"]),
        name_of(thread),
        STATES[int(thread["state"])],
        ", ".join(words),
    )
    return line.rstrip()


# ---- Looking at a parked thread --------------------------------------------


def machine():
    name = gdb.newest_frame().architecture().name()
    if name not in MACHINES:
        raise gdb.GdbError("raftlab.py does not know the registers of " + name)
    return MACHINES[name]


def switches_by_libc():
    """Does this build switch by sim/switch_ucontext.c?"""
    try:
        value("'sim/switch_ucontext.c'::start")
        return True
    except gdb.error:
        return False


def parked_registers(sp):
    """The registers with which a fiber parked at sp goes on."""
    names, words, places = machine()
    if switches_by_libc() and not places:
        raise gdb.GdbError("no fiber can be shown in a -DSIM_UCONTEXT build")
    if switches_by_libc():
        context = "((ucontext_t *)%d)->uc_mcontext." % int(sp)
        return {name: int(value(context + places[name])) for name in names}
    stack = sp.cast(value("(uint64_t *)0").type)
    registers = {
        name: int(stack[i]) for i, name in enumerate(words) if name
    }
    registers[names[-1]] = int(stack) + 8 * len(words)
    # On aarch64 the return address is in the link register.
    registers.setdefault(names[-2], registers.get("x30"))
    return registers


def set_registers(values):
    gdb.newest_frame().select()
    for name, number in values.items():
        gdb.execute(
            "set $%s = %d" % (name, number & (2**64 - 1)), to_string=True
        )
    gdb.execute("maintenance flush register-cache", to_string=True)


def restore():
    """Load the real registers again, before anything may run."""
    if State.real:
        set_registers(State.real)
        State.real = None
        State.shown = None


def show(thread):
    restore()
    if is_current(thread):
        return
    if not thread["started"]:
        raise gdb.GdbError("this fiber has not begun to run")
    gdb.newest_frame().select()
    frame = gdb.selected_frame()
    State.real = {
        name: int(frame.read_register(name)) for name in machine()[0]
    }
    State.shown = int(thread["number"])
    set_registers(parked_registers(thread["sp"]))


def code_under_test():
    """The frames in a plug-in of the stack that is shown."""
    frame = gdb.newest_frame()
    frames = []
    for _ in range(64):
        if frame is None or not frame.is_valid():
            break
        library = gdb.solib_name(frame.pc()) or ""
        if library.startswith("/proc/") and frame.name():
            frames.append(frame)
        try:
            frame = frame.older()
        except gdb.error:
            break  # the first frame of a fiber has no caller
    return frames


def place_of(frame):
    place = frame.find_sal()
    file = place.symtab.filename if place.symtab else "?"
    return "%s (%s:%d)" % (frame.name(), file, place.line)


# ---- Where a run ends ------------------------------------------------------


class RunEnds(gdb.Breakpoint):
    def stop(self):
        end = str(value("end")).lower().replace("sim_", "")
        print(
            "\nThe run ends: %s. All is as it was at that point; try: fibers, "
            "fiber N, servers N, backtrace" % (text(value("what")) or end)
        )
        return True


class TestOver(gdb.Breakpoint):
    def stop(self):
        print(
            "\nThe test has passed; raft_kill comes next. Try: fibers, fiber N, "
            "servers N"
        )
        return True


# ---- Commands --------------------------------------------------------------


class Fibers(gdb.Command):
    """List the simulated threads: number, name, state, what each waits for."""

    def __init__(self):
        super().__init__("fibers", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        for thread in fibers():
            print(line_of(thread))


class Fiber(gdb.Command):
    """fiber N: show simulated thread N where it is in the code under test, for
backtrace, up, info locals and so on. fiber: back to the thread that runs."""

    def __init__(self):
        super().__init__("fiber", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if argument.strip() == "":
            restore()
            gdb.execute("frame 0")
            return
        thread = fiber_of(int(argument))
        print(line_of(thread))
        show(thread)
        gdb.execute("backtrace")
        frames = code_under_test()
        if frames:
            frames[0].select()
            gdb.execute("frame")


class Servers(gdb.Command):
    """servers [N]: list the simulated threads of server N, or of all servers, and
where each is in the code under test."""

    def __init__(self):
        super().__init__("servers", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        wanted = int(argument) if argument.strip() else None
        found = [
            thread
            for thread in fibers()
            if server_of(thread) == wanted
            or (wanted is None and server_of(thread) >= 0)
        ]
        shown = State.shown
        for thread in sorted(found, key=server_of):
            print(line_of(thread))
            if thread["started"]:
                show(thread)
                for frame in code_under_test():
                    print("          in " + place_of(frame))
        restore()
        if shown:
            show(fiber_of(shown))
        if not found:
            print("no threads: the server is down, or does not exist")


class Restore(gdb.Command):
    """For hooks: restore the registers of the thread that runs."""

    def __init__(self):
        super().__init__("raftlab-restore", gdb.COMMAND_OBSCURE)

    def invoke(self, argument, from_tty):
        restore()


def forget(event):
    State.real = State.shown = None


Fibers()
Fiber()
Servers()
Restore()
for command in (
    "continue step next stepi nexti finish until advance jump kill detach quit"
).split():
    gdb.execute("define hook-%s\nraftlab-restore\nend" % command)
gdb.events.exited.connect(forget)


def begin():
    for line in (
        "set breakpoint pending on",
        "set print thread-events off",
        "handle SIGPROF nostop noprint pass",
        "skip function run_ends",
    ):
        gdb.execute(line, to_string=True)
    RunEnds("run_ends", internal=True)
    TestOver("lab_orderly_end", internal=True)


begin()
