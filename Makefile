# raftlab: build, set-up and checks. GNU make, C11, gcc or clang.
#
#   make            ./raftlab and the reference Raft beside it
#   make help       what else there is
#   make DEV=1 ...  warnings are errors (also with CI set); V=1 shows commands
#
# Each variant has a folder of its own below build/, so that objects of
# different kinds never meet: plain, asan (address and undefined sanitizers),
# clang, O0. Sources are found by folder; a new file needs no line here.

ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
CLANG_FORMAT ?= clang-format
JOBS := $(shell nproc 2>/dev/null || echo 2)

# As many jobs as there are processors; a -j on the command line wins.
MAKEFLAGS += --no-builtin-rules -j$(JOBS)
# V=1 shows the commands.
Q := $(if $(V),,@)
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:

# Those of the last two lines are for make determinism only.
VARIANTS := plain asan clang O0 ucontext tsan
PROOF    := gcc-O0-ucontext clang-O0-asm clang-O0-ucontext clang-O2-ucontext \
            $(foreach c,gcc clang,$(foreach o,O0 O2,\
                $(foreach s,asm ucontext,$(c)-$(o)-$(s)-san)))

CC_plain := $(CC)
CC_asan  := $(CC)
CC_clang := $(CLANG)
CC_O0    := $(CC)
CC_ucontext := $(CC)
CC_tsan  := gcc

SAN := -fsanitize=address,undefined -fno-sanitize-recover=all

# What the sanitizers add to the code makes these two warnings guess wrong.
OPT_plain := -O2 -g
SAN_gcc   := $(SAN) -Wno-format-truncation -Wno-maybe-uninitialized
SAN_clang := $(SAN)
OPT_asan  := -O1 -g $(SAN_$(if $(findstring clang,$(CC)),clang,gcc))
OPT_clang := -O2 -g
OPT_O0    := -O0 -g
OPT_ucontext := -O2 -g -DSIM_UCONTEXT
# Optimised, and in sections: see REAL_SIM.
OPT_tsan  := -O1 -g -fsanitize=thread -ffunction-sections -fdata-sections \
             -Wl,--gc-sections

# libdw of elfutils: lines of code in reports, from what -g leaves.
LIBS        := -ldl -lpthread -ljansson -ldw -lelf -lm -lprotobuf-c
LIBS_plain  := -lmimalloc
LIBS_clang  := -lmimalloc
LIBS_O0     := -lmimalloc
LIBS_ucontext := -lmimalloc
LIBS_CHECK   = $(shell pkg-config --libs check)

# Names of PROOF say it all: compiler-optimisation-switch[-san].
part = $(word $(1),$(subst -, ,$(2)))
define proof_flags
CC_$(1)   := $(if $(filter gcc,$(call part,1,$(1))),$(CC),$(CLANG))
OPT_$(1)  := -$(call part,2,$(1)) -g \
             $(if $(filter ucontext,$(call part,3,$(1))),-DSIM_UCONTEXT) \
             $(if $(call part,4,$(1)),$(SAN_$(call part,1,$(1))))
LIBS_$(1) := $(if $(call part,4,$(1)),,-lmimalloc)
endef
$(foreach v,$(PROOF),$(eval $(call proof_flags,$(v))))

WARN   := -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes
STRICT := $(if $(DEV)$(CI),-Werror)

# Rules of determinism: no contraction of floating point, one signedness.
CODE   := -std=c11 -ffp-contract=off -fsigned-char -fno-omit-frame-pointer -I. \
          -Ibuild/gen
HOST   := $(CODE) -D_GNU_SOURCE
# What students have: POSIX threads and time, nothing of the framework.
PLUGIN := $(CODE) -D_POSIX_C_SOURCE=200809L -fPIC -pthread

# Threads around a core: for programs that use one, not for raftlab itself.
NODE_SRC  := hosts/crew.c hosts/node.c hosts/locked_storage.c \
             hosts/core_stderr.c
LAYERS    := base sim labrpc persister raftapi lincheck raftcore datadriven tester
HOST_SRC  := $(sort $(wildcard $(LAYERS:%=%/*.c) $(LAYERS:%=%/*/*.c)))
HOST_ASM  := $(sort $(wildcard $(LAYERS:%=%/*.S)))
# The thread sanitizer interposes the names that the simulation would. So its
# variant has real runs only: of sim/ it links what these need. What they
# mention but never call (real_on() is a constant there) the linker drops.
REAL_SIM  := $(addprefix sim/,calls/getline.c fatal.c image/elf.c image/symbols.c node.c \
                 plugin.c plugin_check.c plugin_image.c prio.c run.c sched.c sim.c \
                 stop_point.c thread_names.c threads.c timer.c trace.c) \
             $(sort $(wildcard sim/real/*.c))
OMIT_tsan := $(filter-out $(REAL_SIM),$(filter sim/%,$(HOST_SRC) $(HOST_ASM)))
OMIT_tsan += $(filter-out tests/support/main.c tests/support/real_% %/test_real.c \
                 %/test_real_layers.c %/test_real_node.c,\
                 $(wildcard tests/support/*.c tests/unit/*/*.c))
RAFT_SRC  := $(sort $(wildcard raft/*.c))
KV_SRC    := $(sort $(wildcard kvraft/*.c))
# raftcore as a Raft of the labs: a plug-in, with the core in it.
CORE_SRC  := $(sort $(wildcard raftcore/*.c)) hosts/crew.c hosts/saved_log.c \
             $(sort $(wildcard hosts/lab_*.c))
SUITE_SRC := $(sort $(wildcard tests/unit/*/test_*.c))
BENCH_SRC := $(sort $(wildcard tests/bench/*.c)) tests/support/large_history.c
FUZZ_SRC  := $(sort $(wildcard tests/fuzz/*.c))
TEST_SRC  := $(sort $(wildcard tests/support/*.c)) $(SUITE_SRC)
BAIT_SRC  := $(sort $(wildcard tests/plugins/bad/*.c))
CALLS_SRC := $(filter-out %/refused.c,$(sort $(wildcard tests/plugins/calls/*.c)))
calls     := $(foreach c,gcc clang,$(foreach o,O0 O2 fortified exceptions,\
                 build/calls/$(c)-$(o).so))
MUTANTS   := $(sort $(wildcard tests/mutants/raft/*.patch))
MUTANTS_KV := $(sort $(wildcard tests/mutants/kv/*.patch))
RACE_UNITS := $(sort $(wildcard tests/plugins/race/*.c))

FORMATTED := $(sort $(wildcard $(foreach d,$(LAYERS) raft kvraft hosts examples tests,\
                 $(foreach s,/ /*/ /*/*/,$(d)$(s)*.c $(d)$(s)*.h))))

all: raftlab ## build ./raftlab and the reference Raft (default)

raftlab: build/plain/raftlab build/plain/raft.so build/plain/raft-race.so \
         build/plain/kvraft.so build/plain/kvraft-race.so \
         build/plain/raftcore.so
	@ln -sf build/plain/raftlab $@

# ---- Generated: wire formats by protobuf-c ---------------------------------

GENERATED := raftcore/raftpb.pb-c

build/gen/%.pb-c.c build/gen/%.pb-c.h: %.proto | deps
	@mkdir -p build/gen
	@echo '  $<'
	$(Q)protoc-c --c_out=build/gen $<

# ---- One set of rules per variant -----------------------------------------

# Rewritten only when the commands change, so that CC=... or new flags
# rebuild what was built differently. -Werror changes no code.
build/%/flags: FORCE | deps
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC_$*) $(OPT_$*) $(WARN) $(HOST) | $(PLUGIN)' \
	    >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# Names that plug-ins may take from the program: the public functions and the
# interposed calls of libc. Never -rdynamic, which would capture a function
# of a plug-in that happens to be called like one of ours.
build/%/exports.list: raftapi/exports.list sim/calls.def \
                      tools/exports.h build/%/flags
	@{ echo '{'; sed -e 's/#.*//' -e '/^ *$$/d' -e 's/ *$$/;/' $<; \
	   $(CC_$*) $(OPT_$*) -I. -E -P -x c tools/exports.h | \
	       sed -e "1,/CALLS_BEGIN/d" -e "/^ *$$/d"; echo '};'; } >$@

# tests/unit/raft/test_append.c has suite raft_append, and
# tests/unit/persister/test_persister.c suite persister.
suite_name = $(if $(filter $(word 1,$(1)),$(word 2,$(1))),$(word 1,$(1)),$(word 1,$(1))_$(word 2,$(1)))

build/suites.def: FORCE
	@mkdir -p $(@D)
	@printf 'SUITE(%s)\n' $(foreach s,$(SUITE_SRC:tests/unit/%.c=%),\
	    $(call suite_name,$(subst /test_, ,$(s)))) >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

define variant_rules
host_$(1)  := $(patsubst %,build/$(1)/%.o,\
                  $(basename $(filter-out $(OMIT_$(1)),$(HOST_SRC) $(HOST_ASM)))) \
              $(GENERATED:%=build/$(1)/gen/%.o)
raft_$(1)  := $(RAFT_SRC:%.c=build/$(1)/plugin/%.o)
kv_$(1)    := $(KV_SRC:%.c=build/$(1)/plugin/%.o)
core_$(1)  := $(CORE_SRC:%.c=build/$(1)/plugin/%.o) \
              $(GENERATED:%=build/$(1)/gen/%.o)
tests_$(1) := $(patsubst %.c,build/$(1)/%.o,\
                  $(filter-out $(OMIT_$(1)),$(TEST_SRC) $(NODE_SRC)))
bench_$(1) := $(BENCH_SRC:%.c=build/$(1)/%.o) $(NODE_SRC:%.c=build/$(1)/%.o)
link_$(1)   = $(CC_$(1)) $(OPT_$(1)) \
              -Wl,--dynamic-list=build/$(1)/exports.list -o $$@ \
              $$(filter %.o,$$^)
bait_$(1)  := $(BAIT_SRC:tests/plugins/bad/%.c=build/$(1)/plugins/%.so)

build/$(1)/%.o: %.c build/$(1)/flags | deps
	@mkdir -p $$(@D)
	@echo '  $(1) $$<'
	$(Q)$(CC_$(1)) $(OPT_$(1)) $(WARN) $(STRICT) $(HOST) $$(EXTRA) -MMD -MP -c $$< -o $$@

build/$(1)/%.o: %.S build/$(1)/flags | deps
	@mkdir -p $$(@D)
	$(Q)$(CC_$(1)) $(OPT_$(1)) -I. -MMD -MP -c $$< -o $$@

# Generated code is not ours to warn about.
build/$(1)/gen/%.o: build/gen/%.c build/$(1)/flags | deps
	@mkdir -p $$(@D)
	@echo '  $(1) $$<'
	$(Q)$(CC_$(1)) $(OPT_$(1)) -w $(HOST) -fPIC -c $$< -o $$@

build/$(1)/plugin/%.o: %.c build/$(1)/flags | deps
	@mkdir -p $$(@D)
	@echo '  $(1) $$< (plug-in)'
	$(Q)$(CC_$(1)) $(OPT_$(1)) $(WARN) $(STRICT) $(PLUGIN) $$(EXTRA) -MMD -MP -c $$< -o $$@

build/$(1)/tests/support/main.o: build/suites.def
$$(filter build/$(1)/raftcore/%,$$(host_$(1))) $$(core_$(1)): \
    | build/gen/raftcore/raftpb.pb-c.h

build/$(1)/raftlab: $$(host_$(1)) build/$(1)/exports.list
	@echo '  $$@'
	$(Q)$$(link_$(1)) $(LIBS_$(1)) $(LIBS)

# The unit tests know the parts of the program and of the reference.
build/$(1)/check_all: $$(filter-out %/tester/cli/main.o,$$(host_$(1))) \
        $$(raft_$(1)) $$(kv_$(1)) $$(tests_$(1)) build/$(1)/exports.list \
        | $$(calls) build/calls/refused.so \
          $(if $(filter plain asan clang,$(1)),\
            $(RACE_UNITS:tests/plugins/race/%.c=build/$(1)/race/%.so))
	@echo '  $$@'
	$(Q)$$(link_$(1)) $$(LIBS_CHECK) $(LIBS_$(1)) $(LIBS)

build/$(1)/bench: $$(filter-out %/tester/cli/main.o,$$(host_$(1))) \
        $$(bench_$(1)) build/$(1)/exports.list
	@echo '  $$@'
	$(Q)$$(link_$(1)) $(LIBS_$(1)) $(LIBS) \
	    -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

build/$(1)/raft.so: $$(raft_$(1))
build/$(1)/kvraft.so: $$(kv_$(1))
build/$(1)/raft.so build/$(1)/kvraft.so:
	@echo '  $$@'
	$(Q)$(CC_$(1)) $(OPT_$(1)) -shared -pthread -o $$@ $$^

build/$(1)/raftcore.so: $$(core_$(1))
	@echo '  $$@'
	$(Q)$(CC_$(1)) $(OPT_$(1)) -shared -pthread -o $$@ $$^

build/$(1)/plugins/%.so: build/$(1)/plugin/tests/plugins/bad/%.o
	@mkdir -p $$(@D)
	@echo '  $$@'
	$(Q)$(CC_$(1)) $(OPT_$(1)) -shared -pthread -o $$@ $$^

# Everything that the tests of this variant need. Most are there for their
# hashes only.
.PHONY: $(1)
$(1): build/$(1)/raftlab build/$(1)/raft.so build/$(1)/kvraft.so \
      build/$(1)/raftcore.so \
      $(if $(filter tsan,$(1)),build/$(1)/check_all) \
      $(if $(filter plain asan clang,$(1)),build/$(1)/check_all $$(bait_$(1)) \
          $$(calls) build/calls/refused.so)
endef
$(foreach v,$(VARIANTS) $(PROOF),$(eval $(call variant_rules,$(v))))

# The functions of a core are many and small: seen as one, they are a third
# faster. (gcc needs nothing more for that; clang a linker that is not there.)
build/plain/raftcore/%.o build/plain/plugin/raftcore/%.o: \
    EXTRA := $(if $(findstring clang,$(CC)),,-flto=auto)

# malloc is called before the sanitizer is ready: it is not instrumented.
$(foreach v,asan $(filter %-san,$(PROOF)),\
    build/$(v)/sim/calls/malloc.o build/$(v)/sim/heap_asan.o): \
    EXTRA := -fno-sanitize=address,undefined -DSIM_ADDRESS_SANITIZER

# ---- raftcore as a library --------------------------------------------------

# One object in which only rc_* is global, so that no name inside can clash with
# one of the program's; from it an archive and a shared library.
LIB_SRC := $(sort $(wildcard raftcore/*.c)) base/assert.c base/bytes.c
LIB_OBJ := $(LIB_SRC:%.c=build/lib/%.o) $(GENERATED:%=build/lib/gen/%.o)
CC_lib  := $(CC)
OPT_lib := -O2 -g -fPIC $(if $(findstring clang,$(CC)),,-flto=auto)
SONAME  := libraftcore.so.0

lib: build/lib/libraftcore.a build/lib/libraftcore.so ## raftcore as a library: build/lib/libraftcore.{a,so}

build/lib/gen/%.o: build/gen/%.c build/lib/flags
	@mkdir -p $(@D)
	@echo '  $@'
	$(Q)$(CC_lib) $(OPT_lib) -w $(HOST) -c $< -o $@

build/lib/%.o: %.c build/lib/flags | deps build/gen/raftcore/raftpb.pb-c.h
	@mkdir -p $(@D)
	@echo '  lib $<'
	$(Q)$(CC_lib) $(OPT_lib) $(WARN) $(STRICT) $(HOST) -MMD -MP -c $< -o $@

build/lib/raftcore.o: $(LIB_OBJ)
	@echo '  $@'
	$(Q)$(CC_lib) $(OPT_lib) -r -nostdlib \
	    $(if $(findstring clang,$(CC)),,-flinker-output=nolto-rel) -o $@ $^
	$(Q)objcopy --wildcard --keep-global-symbol='rc_*' $@

build/lib/libraftcore.a: build/lib/raftcore.o
	@rm -f $@
	$(Q)ar rcs $@ $<

build/lib/libraftcore.so: build/lib/raftcore.o
	$(Q)$(CC_lib) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs -o $@ $< \
	    -lprotobuf-c

PREFIX  ?= /usr/local
DESTDIR ?=
install uninstall: export PREFIX := $(PREFIX)
install uninstall: export DESTDIR := $(DESTDIR)
install uninstall: export SONAME := $(SONAME)
install: raftlab lib ## raftlab, raftcore, headers and raftcore.pc; PREFIX=/usr/local DESTDIR=
	@tools/install.sh install

uninstall: ## remove what make install has put there; same PREFIX, DESTDIR
	@tools/install.sh uninstall

# ---- Wrong variants: the reference with one planted bug each --------------

mutants_so := $(MUTANTS:tests/mutants/raft/%.patch=build/plain/mutants/raft/%.so) \
            $(MUTANTS_KV:tests/mutants/kv/%.patch=build/plain/mutants/kv/%.so)

build/plain/mutants/raft/%.so: tests/mutants/raft/%.patch $(RAFT_SRC) $(wildcard raft/*.h) \
                        build/plain/flags | deps
	@echo '  $@'
	@rm -rf build/plain/mutants/raft/$* && mkdir -p build/plain/mutants/raft/$*
	@cp -r raft build/plain/mutants/raft/$*/raft
	@patch -s -d build/plain/mutants/raft/$* -p1 <$<
	$(Q)$(CC) $(OPT_plain) -w -Ibuild/plain/mutants/raft/$* $(PLUGIN) -shared -o $@ \
	    $(RAFT_SRC:%=build/plain/mutants/raft/$*/%)

build/plain/mutants/kv/%.so: tests/mutants/kv/%.patch $(KV_SRC) \
                           $(wildcard kvraft/*.h) build/plain/flags | deps
	@echo '  $@'
	@rm -rf build/plain/mutants/kv/$* && mkdir -p build/plain/mutants/kv/$*
	@cp -r kvraft build/plain/mutants/kv/$*/kvraft
	@patch -s -d build/plain/mutants/kv/$* -p1 <$<
	$(Q)$(CC) $(OPT_plain) -w -Ibuild/plain/mutants/kv/$* $(PLUGIN) -shared \
	    -o $@ $(KV_SRC:%=build/plain/mutants/kv/$*/%)

# ---- Instrumented plug-ins, for raftlab test --race ------------------------

# As "raftlab flags --race" says. The planted races are patches of the
# reference; every one is built by gcc and by clang.
RACE_FLAGS := -fsanitize=thread -fno-builtin \
              $(if $(filter x86_64,$(shell uname -m)),-mcx16) \
              -nodefaultlibs -Wl,--no-as-needed -lc
RACE_BUGS  := $(sort $(wildcard tests/mutants/race/*.patch))
race_so    := build/plain/raft-race.so build/clang/raft-race.so \
              $(foreach v,plain clang,\
                  $(RACE_BUGS:tests/mutants/race/%.patch=build/$(v)/race/%.so) \
                  $(RACE_UNITS:tests/plugins/race/%.c=build/$(v)/race/%.so))

# The address sanitizer and this one do not go together.
RACE_OPT_plain := $(OPT_plain)
RACE_OPT_clang := $(OPT_clang)
RACE_OPT_asan  := -O1 -g

build/race-flags: FORCE
	@mkdir -p $(@D)
	@echo '$(RACE_FLAGS)' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

define race_rules
build/$(1)/raft-race.so: $(RAFT_SRC) $(wildcard raft/*.h)
build/$(1)/kvraft-race.so: $(KV_SRC) $(wildcard kvraft/*.h)
build/$(1)/raft-race.so build/$(1)/kvraft-race.so: build/$(1)/flags build/race-flags | deps
	@echo '  $$@'
	$(Q)$(CC_$(1)) $(RACE_OPT_$(1)) $(WARN) $(STRICT) $(PLUGIN) -shared \
	    $(RACE_FLAGS) -o $$@ $$(filter %.c,$$^)

build/$(1)/race/%.so: tests/plugins/race/%.c $$(wildcard tests/plugins/race/*.h) build/$(1)/flags build/race-flags | deps
	@mkdir -p $$(@D)
	@echo '  $$@'
	$(Q)$(CC_$(1)) $(RACE_OPT_$(1)) $(WARN) $(STRICT) $(PLUGIN) -shared \
	    $(RACE_FLAGS) -o $$@ $$<

build/$(1)/race/%.so: tests/mutants/race/%.patch $(RAFT_SRC) $(wildcard raft/*.h) \
                      build/$(1)/flags build/race-flags | deps
	@echo '  $$@'
	@rm -rf build/$(1)/race/$$* && mkdir -p build/$(1)/race/$$*
	@cp -r raft build/$(1)/race/$$*/raft
	@patch -s -d build/$(1)/race/$$* -p1 <$$<
	$(Q)$(CC_$(1)) $(RACE_OPT_$(1)) -w -Ibuild/$(1)/race/$$* $(PLUGIN) -shared \
	    $(RACE_FLAGS) -o $$@ $(RAFT_SRC:%=build/$(1)/race/$$*/%)
endef
$(foreach v,plain asan clang,$(eval $(call race_rules,$(v))))

# ---- Plug-ins that call every name of sim/calls.def -------------------------

calls_flags_O0        := -O0
calls_flags_O2        := -O2
calls_flags_fortified := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
calls_flags_exceptions := -O2 -fexceptions

$(calls): $(CALLS_SRC) tests/plugins/calls/calls.h | deps
	@mkdir -p $(@D)
	@echo '  $@'
	$(Q)$(if $(findstring clang,$@),$(CLANG),$(CC)) \
	    $(calls_flags_$(lastword $(subst -, ,$(basename $@)))) \
	    $(WARN) $(STRICT) $(HOST) -fPIC -shared -pthread -o $@ $(CALLS_SRC)

build/calls/refused.so: tests/plugins/calls/refused.c sim/calls.def | deps
	@mkdir -p $(@D)
	$(Q)$(CC) -I. -fno-builtin -fPIC -shared -nostdlib -o $@ $<

# ---- The context switch alone, for other machines --------------------------

AARCH64_CC := aarch64-linux-gnu-gcc
SWITCH_SRC := tests/e2e/switch.c base/assert.c base/bytes.c sim/fiber.c \
              $(sort $(wildcard sim/switch*.c sim/switch*.S))
switches   := build/switch/native-asm build/switch/native-ucontext \
              $(if $(shell command -v $(AARCH64_CC)),\
                  build/switch/aarch64-asm build/switch/aarch64-ucontext)

$(switches): $(SWITCH_SRC) sim/switch.h sim/fiber.h | deps
	@mkdir -p $(@D)
	@echo '  $@'
	$(Q)$(if $(findstring aarch64,$@),$(AARCH64_CC) -static,$(CC)) -O2 -g \
	    $(WARN) $(STRICT) $(HOST) \
	    $(if $(findstring ucontext,$@),-DSIM_UCONTEXT) -o $@ $(SWITCH_SRC)

# ---- Fuzz targets: parsers of untrusted bytes, libFuzzer -------------------

fuzzers := $(FUZZ_SRC:tests/fuzz/%.c=build/fuzz/%)
FUZZ_S  ?= 60

build/fuzz/%: tests/fuzz/%.c $(wildcard base/*.c base/*.h tests/support/*.h) | deps
	@mkdir -p $(@D)
	@echo '  $@'
	$(Q)$(CLANG) -O1 -g -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=all $(WARN) $(STRICT) $(HOST) -o $@ \
	    $(filter %.c,$^) $(FUZZ_LIBS)

# What a target tests beyond base/.
build/fuzz/fuzz_history: $(wildcard lincheck/*.c lincheck/*.h)
build/fuzz/fuzz_history: FUZZ_LIBS := -ljansson
build/fuzz/fuzz_core_wire build/fuzz/fuzz_core_calls: \
    $(wildcard raftcore/*.c raftcore/*.h) build/gen/raftcore/raftpb.pb-c.c
build/fuzz/fuzz_core_wire build/fuzz/fuzz_core_calls: FUZZ_LIBS := -lprotobuf-c

# ---- Targets for people ---------------------------------------------------

deps: ## install what is missing (apt), or say what to install
	@tools/deps.sh

LAB ?= 2
grade: raftlab ## grade the reference: all of a lab, 20 seeds, report.json; LAB=3
	./raftlab grade $(LAB)

check: raftlab lib plain asan clang O0 ucontext tsan $(mutants_so) $(race_so) $(fuzzers) $(switches) ## everything that can fail, in one go; TAGS=2B picks unit tests
	@tools/check.sh

bench: raftlab build/plain/bench ## measure; writes build/bench.json; PART=raftcore: only that
	@build/plain/bench build/bench.json $(PART)

lint: ## folder rules, formatting, sizes, left-over marks
	@tools/lint.sh

format: ## clang-format everything in place
	$(CLANG_FORMAT) -i $(FORMATTED)

# What the commands in documents use.
docs: raftlab $(mutants_so) $(bait_plain) ## run the commands of documents, put what they print there
	@tools/docs.sh

fuzz: $(fuzzers) ## fuzz the parsers; FUZZ_S=600 seconds each
	@for f in $^; do mkdir -p build/fuzz/corpus-$${f##*/}; \
	    $$f -max_total_time=$(FUZZ_S) build/fuzz/corpus-$${f##*/} \
	        $$(case $$f in *history) echo tests/data/histories;; \
	            *core*) echo tests/fuzz/corpus/$${f##*/fuzz_};; esac) || \
	        exit 1; \
	done

mutants: raftlab $(mutants_so) ## the reference with one planted bug each, as plug-ins

determinism: raftlab plain asan clang O0 ucontext $(PROOF) ## same seed, same hash, however it is built
	@tests/e2e/determinism.sh 50 all

aarch64: $(switches) ## the context switch on aarch64, by qemu-user
	@tests/e2e/switch.sh

sweep: raftlab ## 28 tests x 200 seeds x {random, fifo} on the reference
	./raftlab test 2A 2B 2C 2D --seeds 200 -j $(JOBS) --policy random
	./raftlab test 2A 2B 2C 2D --seeds 200 -j $(JOBS) --policy fifo

cores: build/plain/check_all ## clusters of cores in a hostile world, 10,000 seeds
	RC_SEEDS=10000 build/plain/check_all raftcore_world

crashes: asan ## 100,000 crashes of a busy cluster, address sanitizer
	ASAN_OPTIONS=detect_odr_violation=0 CRASHES=100000 \
	    CK_RUN_SUITE=tester_crashes build/asan/check_all

clean: ## remove everything built
	rm -rf build raftlab report.json

help: ## this list
	@awk -F ':[^#]*## ' '/^[a-z]+:.* ## / \
	    { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

FORCE:
.PHONY: all deps lib install uninstall grade check bench cores docs lint format fuzz determinism mutants aarch64 sweep \
    clean help FORCE

-include $(LIB_OBJ:.o=.d) $(foreach v,$(VARIANTS) $(PROOF),$(patsubst %.o,%.d,$(host_$(v)) $(raft_$(v)) \
    $(kv_$(v)) $(core_$(v)) $(tests_$(v)) $(bench_$(v)) \
    $(BAIT_SRC:%.c=build/$(v)/plugin/%.o)))
