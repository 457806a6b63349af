# raftlab: build, set-up and checks. GNU make, C11, gcc or clang.
#
#   make            build ./raftlab and the reference solutions
#   make help       list the other targets
#   make DEV=1 ...  make warnings errors, as CI=1 does; V=1 shows the commands
#
# Each variant is built in its own folder: build/plain, build/asan (address and
# undefined-behaviour sanitizers), build/tsan (thread sanitizer), build/clang,
# build/O0, build/ucontext (context switch by ucontext). Sources are found by
# folder; a new file needs no line here.

ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
CLANG_FORMAT ?= clang-format
JOBS := $(shell nproc 2>/dev/null || echo 2)

# As many jobs as there are processors; a -j on the command line wins.
MAKEFLAGS += --no-builtin-rules -j$(JOBS)
Q := $(if $(V),,@)
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:

VARIANTS := plain asan clang O0 ucontext tsan
# Only make determinism builds these. The name says how:
# compiler-optimization-switch[-san].
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

# The code of the sanitizers misleads these two warnings.
SAN_gcc   := $(SAN) -Wno-format-truncation -Wno-maybe-uninitialized
SAN_clang := $(SAN)

OPT_plain := -O2 -g
OPT_asan  := -O1 -g $(SAN_$(if $(findstring clang,$(CC)),clang,gcc))
OPT_clang := -O2 -g
OPT_O0    := -O0 -g
OPT_ucontext := -O2 -g -DSIM_UCONTEXT
# In sections: see REAL_SIM.
OPT_tsan  := -O1 -g -fsanitize=thread -ffunction-sections -fdata-sections \
             -Wl,--gc-sections

# libdw (elfutils) finds the source lines of reports in what -g writes.
LIBS        := -ldl -lpthread -ljansson -ldw -lelf -lm -lprotobuf-c
LIBS_plain  := -lmimalloc
LIBS_clang  := -lmimalloc
LIBS_O0     := -lmimalloc
LIBS_ucontext := -lmimalloc
LIBS_CHECK   = $(shell pkg-config --libs check)

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

# For determinism: no contraction of floating point, one signedness of char.
CODE   := -std=c11 -ffp-contract=off -fsigned-char -fno-omit-frame-pointer -I. \
          -Ibuild/gen
HOST   := $(CODE) -D_GNU_SOURCE
# What students use: POSIX threads and time, nothing of the framework.
PLUGIN := $(CODE) -D_POSIX_C_SOURCE=200809L -fPIC -pthread

# The thread-safe node around raftcore: for programs that embed it.
NODE_SRC  := hosts/crew.c hosts/node.c hosts/locked_storage.c \
             hosts/core_stderr.c
LAYERS    := base sim labrpc persister raftapi lincheck raftcore datadriven tester
HOST_SRC  := $(sort $(wildcard $(LAYERS:%=%/*.c) $(LAYERS:%=%/*/*.c)))
HOST_ASM  := $(sort $(wildcard $(LAYERS:%=%/*.S)))
# The thread sanitizer interposes the same names as the simulator, so its variant
# has real runs only and links what these need of sim/. The linker drops what
# they mention but never call: real_on() is a constant there.
REAL_SIM  := $(addprefix sim/,calls/getline.c fatal.c image/elf.c image/symbols.c node.c \
                 plugin.c plugin_check.c plugin_image.c prio.c run.c sched.c sim.c \
                 stop_point.c thread_names.c threads.c timer.c trace.c) \
             $(sort $(wildcard sim/real/*.c))
OMIT_tsan := $(filter-out $(REAL_SIM),$(filter sim/%,$(HOST_SRC) $(HOST_ASM)))
RAFT_SRC  := $(sort $(wildcard raft/*.c))
KV_SRC    := $(sort $(wildcard kvraft/*.c))
# raftcore as a Raft of the labs: a plug-in that contains the library.
CORE_SRC  := $(sort $(wildcard raftcore/*.c)) hosts/crew.c hosts/saved_log.c \
             $(sort $(wildcard hosts/lab_*.c))
BENCH_SRC := $(sort $(wildcard tests/bench/*.c)) tests/support/large_history.c
BAD_SRC   := $(sort $(wildcard tests/plugins/bad/*.c))

FORMATTED := $(sort $(wildcard $(foreach d,$(LAYERS) raft kvraft hosts examples tests,\
                 $(foreach s,/ /*/ /*/*/,$(d)$(s)*.c $(d)$(s)*.h))))

.DEFAULT_GOAL := all

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

# ---- Programs and plug-ins of each variant ---------------------------------

# Rewritten only when the commands change: CC=... or new flags rebuild what was
# built otherwise. -Werror changes no code.
build/%/flags: FORCE | deps
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC_$*) $(OPT_$*) $(WARN) $(HOST) | $(PLUGIN)' \
	    >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The symbols that plug-ins take from the program: the public functions and the
# interposed calls of libc. Never -rdynamic: a plug-in's own function could have
# the name of an internal one.
build/%/exports.list: raftapi/exports.list sim/calls.def \
                      tools/exports.h build/%/flags
	@{ echo '{'; sed -e 's/#.*//' -e '/^ *$$/d' -e 's/ *$$/;/' $<; \
	   $(CC_$*) $(OPT_$*) -I. -E -P -x c tools/exports.h | \
	       sed -e "1,/CALLS_BEGIN/d" -e "/^ *$$/d"; echo '};'; } >$@

# raftcore has many small functions; optimized as one unit they are a third
# faster. (gcc does that by itself; clang would need another linker.) Such a link
# takes seconds, so only what is measured or embedded is linked that way.
LTO := $(if $(findstring clang,$(CC)),,-flto=auto)

define variant_rules
host_$(1)  := $(patsubst %,build/$(1)/%.o,\
                  $(basename $(filter-out $(OMIT_$(1)),$(HOST_SRC) $(HOST_ASM)))) \
              $(GENERATED:%=build/$(1)/gen/%.o)
raft_$(1)  := $(RAFT_SRC:%.c=build/$(1)/plugin/%.o)
kv_$(1)    := $(KV_SRC:%.c=build/$(1)/plugin/%.o)
core_$(1)  := $(CORE_SRC:%.c=build/$(1)/plugin/%.o) \
              $(GENERATED:%=build/$(1)/gen/%.o)
node_$(1)  := $(NODE_SRC:%.c=build/$(1)/%.o)
bench_$(1) := $(BENCH_SRC:%.c=build/$(1)/%.o) $$(node_$(1))
link_$(1)   = $(CC_$(1)) $(OPT_$(1)) -fno-lto \
              -Wl,--dynamic-list=build/$(1)/exports.list -o $$@ \
              $$(filter %.o %.a,$$^)
plugins_$(1) := $(BAD_SRC:tests/plugins/bad/%.c=build/$(1)/plugins/%.so)

build/$(1)/%.o: %.c build/$(1)/flags | deps
	@mkdir -p $$(@D)
	@echo '  $(1) $$<'
	$(Q)$(CC_$(1)) $(OPT_$(1)) $(WARN) $(STRICT) $(HOST) $$(EXTRA) -MMD -MP -c $$< -o $$@

build/$(1)/%.o: %.S build/$(1)/flags | deps
	@mkdir -p $$(@D)
	$(Q)$(CC_$(1)) $(OPT_$(1)) -I. -MMD -MP -c $$< -o $$@

# No warnings about generated code.
build/$(1)/gen/%.o: build/gen/%.c build/$(1)/flags | deps
	@mkdir -p $$(@D)
	@echo '  $(1) $$<'
	$(Q)$(CC_$(1)) $(OPT_$(1)) -w $(HOST) -fPIC -c $$< -o $$@

build/$(1)/plugin/%.o: %.c build/$(1)/flags | deps
	@mkdir -p $$(@D)
	@echo '  $(1) $$< (plug-in)'
	$(Q)$(CC_$(1)) $(OPT_$(1)) $(WARN) $(STRICT) $(PLUGIN) $$(EXTRA) -MMD -MP -c $$< -o $$@

$$(filter build/$(1)/raftcore/%,$$(host_$(1))) $$(core_$(1)): \
    | build/gen/raftcore/raftpb.pb-c.h

build/$(1)/raftlab: $$(host_$(1)) build/$(1)/exports.list
	@echo '  $$@'
	$(Q)$$(link_$(1)) $(LIBS_$(1)) $(LIBS)

build/$(1)/bench: $$(filter-out %/tester/cli/main.o,$$(host_$(1))) \
        $$(bench_$(1)) build/$(1)/exports.list
	@echo '  $$@'
	$(Q)$$(link_$(1)) $(LTO) $(LIBS_$(1)) $(LIBS) \
	    -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

build/$(1)/raft.so: $$(raft_$(1))
build/$(1)/kvraft.so: $$(kv_$(1))
build/$(1)/raftcore.so: $$(core_$(1))
$$(plugins_$(1)): build/$(1)/plugins/%.so: build/$(1)/plugin/tests/plugins/bad/%.o
build/$(1)/raft.so build/$(1)/kvraft.so build/$(1)/raftcore.so $$(plugins_$(1)):
	@mkdir -p $$(@D)
	@echo '  $$@'
	$(Q)$(CC_$(1)) $(OPT_$(1)) -shared -pthread -o $$@ $$^

# What the end-to-end tests run of this variant.
.PHONY: $(1)
$(1): build/$(1)/raftlab build/$(1)/raft.so build/$(1)/kvraft.so \
      build/$(1)/raftcore.so \
      $(if $(filter plain asan clang,$(1)),$$(plugins_$(1)))
endef
$(foreach v,$(VARIANTS) $(PROOF),$(eval $(call variant_rules,$(v))))

build/plain/raftcore/%.o build/plain/plugin/raftcore/%.o: \
    EXTRA := $(if $(LTO),$(LTO) -ffat-lto-objects)

# malloc runs before the sanitizer is ready, so it is not instrumented.
$(foreach v,asan $(filter %-san,$(PROOF)),\
    build/$(v)/sim/calls/malloc.o build/$(v)/sim/heap_asan.o): \
    EXTRA := -fno-sanitize=address,undefined -DSIM_ADDRESS_SANITIZER

# ---- raftcore as a library -------------------------------------------------

# One object in which only rc_* is global, so that no name inside can clash with
# one of the program's; from it an archive and a shared library.
LIB_SRC := $(sort $(wildcard raftcore/*.c)) base/assert.c base/bytes.c
LIB_OBJ := $(LIB_SRC:%.c=build/lib/%.o) $(GENERATED:%=build/lib/gen/%.o)
CC_lib  := $(CC)
OPT_lib := -O2 -g -fPIC $(LTO)
SONAME  := libraftcore.so.0

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

# ---- Instrumented plug-ins, for raftlab test --race ------------------------

RACE_UNITS := $(sort $(wildcard tests/plugins/race/*.c))

# The flags that "raftlab flags --race" prints.
RACE_FLAGS := -fsanitize=thread -fno-builtin \
              $(if $(filter x86_64,$(shell uname -m)),-mcx16) \
              -nodefaultlibs -Wl,--no-as-needed -lc

# Not with the address sanitizer.
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
$(RACE_UNITS:tests/plugins/race/%.c=build/$(1)/race/%.so): \
    build/$(1)/race/%.so: tests/plugins/race/%.c $(wildcard tests/plugins/race/*.h)
build/$(1)/raft-race.so build/$(1)/kvraft-race.so \
$(RACE_UNITS:tests/plugins/race/%.c=build/$(1)/race/%.so): \
        build/$(1)/flags build/race-flags | deps
	@mkdir -p $$(@D)
	@echo '  $$@'
	$(Q)$(CC_$(1)) $(RACE_OPT_$(1)) $(WARN) $(STRICT) $(PLUGIN) -shared \
	    $(RACE_FLAGS) -o $$@ $$(filter %.c,$$^)
endef
$(foreach v,plain asan clang,$(eval $(call race_rules,$(v))))

# ---- Mutants: the reference solutions with one planted bug each ------------

# $(1): folder of the results; $(2): folder of the patches; $(3): folder of the
# sources; $(4): compiler and options.
define mutant_rules
$(1)/%.so: tests/mutants/$(2)/%.patch $(wildcard $(3)/*.[ch]) \
           build/$(word 2,$(subst /, ,$(1)))/flags build/race-flags | deps
	@echo '  $$@'
	@rm -rf $(1)/$$* && mkdir -p $(1)/$$* && cp -r $(3) $(1)/$$*
	@patch -s -d $(1)/$$* -p1 <$$<
	$(Q)$(4) -w -I$(1)/$$* $(PLUGIN) -shared -o $$@ \
	    $(patsubst %,$(1)/$$*/%,$(sort $(wildcard $(3)/*.c)))
endef
$(eval $(call mutant_rules,build/plain/mutants/raft,raft,raft,$(CC) $(OPT_plain)))
$(eval $(call mutant_rules,build/plain/mutants/kv,kv,kvraft,$(CC) $(OPT_plain)))
$(foreach v,plain clang,$(eval $(call mutant_rules,build/$(v)/race,race,raft,\
    $(CC_$(v)) $(RACE_OPT_$(v)) $(RACE_FLAGS))))

mutants_so := $(foreach k,raft kv,$(patsubst tests/mutants/%.patch,\
                  build/plain/mutants/%.so,$(wildcard tests/mutants/$(k)/*.patch)))
# Solutions, planted data races and small programs, by both compilers.
race_so    := $(foreach v,plain clang,build/$(v)/raft-race.so \
                  $(patsubst tests/mutants/race/%.patch,build/$(v)/race/%.so,\
                      $(wildcard tests/mutants/race/*.patch)) \
                  $(RACE_UNITS:tests/plugins/race/%.c=build/$(v)/race/%.so))

# ---- Plug-ins that call every name of sim/calls.def ------------------------

CALLS_SRC := $(filter-out %/refused.c,$(sort $(wildcard tests/plugins/calls/*.c)))
calls     := $(foreach c,gcc clang,$(foreach o,O0 O2 fortified exceptions,\
                 build/calls/$(c)-$(o).so))

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

# ---- Unit tests: a program for each folder of tests/unit -------------------

TESTED := plain clang asan tsan
# Those first that take longest.
UNITS  := $(patsubst tests/unit/%/,%,$(wildcard tests/unit/*/))
UNITS  := sim kvraft tester $(sort $(filter-out sim kvraft tester,$(UNITS)))

# The folders of objects that a program links; LINKS where no other list is
# given. From tests/support the linker takes what is used.
LINKS         := base sim labrpc persister raftapi
LINKS_base     = base
LINKS_lincheck = base lincheck
LINKS_raftcore = base raftcore gen datadriven
LINKS_hosts    = $(LINKS) raftcore gen hosts
LINKS_raft     = $(LINKS) plugin/raft
LINKS_kvraft   = $(LINKS) plugin/raft plugin/kvraft
LINKS_tester   = $(LAYERS) gen

# The plug-ins that the tests open.
OPENS_sim    = build/$(1)/raft.so build/$(1)/plugins/thread_local.so \
               build/calls/refused.so $(calls) \
               $(RACE_UNITS:tests/plugins/race/%.c=build/$(1)/race/%.so)
OPENS_tester = build/$(1)/raft.so
# The thread sanitizer: only tests on real threads.
tests_in = $(sort $(wildcard tests/unit/$(2)/test_$(if $(filter tsan,$(1)),real*,*).c))

# $(1): the variant; $(2): the folder.
define unit_rules
build/$(1)/test/$(2): $$(patsubst %.c,build/$(1)/%.o,$$(call tests_in,$(1),$(2))) \
        $$(filter-out %/tester/cli/main.o,$$(filter \
            $(patsubst %,build/$(1)/%/%,$(or $(LINKS_$(2)),$(LINKS))),\
            $$(host_$(1)) $$(raft_$(1)) $$(kv_$(1)) $$(node_$(1)))) \
        build/$(1)/tests/support/main.o build/$(1)/tests/support.a \
        build/$(1)/exports.list \
        | $(if $(filter-out tsan,$(1)),$(call OPENS_$(2),$(1)))
	@mkdir -p $$(@D)
	@echo '  $$@'
	$(Q)$$(link_$(1)) $$(LIBS_CHECK) $(LIBS_$(1)) $(LIBS)
endef

define unit_variant_rules
units_$(1) := $(foreach f,$(UNITS),\
                  $(if $(call tests_in,$(1),$(f)),build/$(1)/test/$(f)))

build/$(1)/tests/support.a: \
        $(patsubst %.c,build/$(1)/%.o,\
            $(filter-out %/main.c,$(wildcard tests/support/*.c)))
	@rm -f $$@
	$(Q)ar rcs $$@ $$^

$(1): $$(units_$(1))
endef
$(foreach v,$(TESTED),$(eval $(call unit_variant_rules,$(v))))
$(foreach v,$(TESTED),$(foreach u,$(units_$(v)),\
    $(eval $(call unit_rules,$(v),$(notdir $(u))))))

# S chooses a folder (raft), a suite (raft_append: test_append.c in that folder;
# persister: test_persister.c in persister) or a test case of it.
suites_in = $(patsubst $(1)_$(1),$(1),$(patsubst \
    tests/unit/$(1)/test_%.c,$(1)_%,$(call tests_in,plain,$(1))))
chosen := $(firstword $(subst /, ,$(S)))
chosen_units := $(strip $(if $(S),$(foreach f,$(UNITS),\
                    $(if $(filter $(chosen),$(f) $(call suites_in,$(f))),$(f))),\
                    $(UNITS)))
define no_such_suite
S=$(S): no such folder or suite of unit tests; there are
$(foreach f,$(sort $(UNITS)),
  $(f): $(call suites_in,$(f)))

endef

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

# ---- Fuzz targets: parsers of untrusted bytes, by libFuzzer ----------------

fuzzers := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_S  ?= 60

build/fuzz/%: tests/fuzz/%.c $(wildcard base/*.c base/*.h tests/support/*.h) | deps
	@mkdir -p $(@D)
	@echo '  $@'
	$(Q)$(CLANG) -O1 -g -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=all $(WARN) $(STRICT) $(HOST) -o $@ \
	    $(filter %.c,$^) $(FUZZ_LIBS)

# What they test beyond base/.
build/fuzz/fuzz_history: $(wildcard lincheck/*.c lincheck/*.h)
build/fuzz/fuzz_history: FUZZ_LIBS := -ljansson
build/fuzz/fuzz_core_wire build/fuzz/fuzz_core_calls: \
    $(wildcard raftcore/*.c raftcore/*.h) build/gen/raftcore/raftpb.pb-c.c
build/fuzz/fuzz_core_wire build/fuzz/fuzz_core_calls: FUZZ_LIBS := -lprotobuf-c

# ---- Targets for people ----------------------------------------------------

.PHONY: all deps grade lib install uninstall clean help test check lint lint-changed bench fuzz \
        mutants determinism aarch64 sweep cores crashes format docs FORCE

##@ Use

all: raftlab ## build ./raftlab and the reference solutions

deps: ## install missing packages by apt, or name them
	@tools/deps.sh

LAB ?= 2
grade: raftlab ## grade the reference, 20 seeds; LAB=3
	./raftlab grade $(LAB)

lib: build/lib/libraftcore.a build/lib/libraftcore.so ## build raftcore as a library, in build/lib

PREFIX  ?= /usr/local
DESTDIR ?=
install uninstall: export PREFIX := $(PREFIX)
install uninstall: export DESTDIR := $(DESTDIR)
install uninstall: export SONAME := $(SONAME)
install: raftlab lib ## install raftlab, raftcore and headers; PREFIX, DESTDIR
	@tools/install.sh install

uninstall: ## remove what make install has installed
	@tools/install.sh uninstall

clean: ## remove everything that was built
	rm -rf build raftlab report.json compile_commands.json

help: ## list the targets
	@awk -F ':[^#]*## ' ' \
	    /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z][a-z0-9_.-]*:.* ## / { printf "  make %-22s %s\n", $$1, $$2 } \
	    ' Makefile
	@printf '  make %-22s %s\n' VARIANT 'build one of: $(VARIANTS)'

##@ Test

test: $(chosen_units:%=build/plain/test/%) ## run unit tests: all, S=raft, S=raft_append, TAGS=2B
	$(if $(chosen_units),,$(error $(no_such_suite)))
	@$(if $(TAGS),CK_INCLUDE_TAGS='$(TAGS)') \
	    $(if $(filter-out $(UNITS),$(chosen)),\
	        build/plain/test/$(chosen_units) '$(S)',\
	        tools/test.sh plain $(chosen_units))

everything := raftlab lib $(VARIANTS) $(mutants_so) $(race_so) $(fuzzers) $(switches)
check: $(if $(TAGS),test,$(everything)) ## run every test, in all variants
	$(if $(TAGS),,@tools/deps.sh check && tools/check.sh)

lint: ## check layers, citations, sizes, formatting, scripts
	@tools/lint.sh

lint-changed: ## lint what differs from the last commit, or BASE=main
	@tools/lint.sh --changed $(BASE)

##@ Verify

sweep: raftlab ## run labs 2A to 2D, 200 seeds, random and fifo
	./raftlab test 2A 2B 2C 2D --seeds 200 -j $(JOBS) --policy random
	./raftlab test 2A 2B 2C 2D --seeds 200 -j $(JOBS) --policy fifo

mutants: raftlab $(mutants_so) ## build solutions with one planted bug each

cores: build/plain/test/raftcore ## simulate faulty raftcore clusters, 10,000 seeds
	TEST_CPU_S=0 RC_SEEDS=10000 $< raftcore_world

crashes: build/asan/test/tester ## crash servers 100,000 times
	ASAN_OPTIONS=detect_odr_violation=0 TEST_CPU_S=0 CRASHES=100000 \
	    $< tester_crashes

determinism: raftlab $(filter-out tsan,$(VARIANTS)) $(PROOF) ## compare hashes of all builds
	@tests/e2e/determinism.sh 50 all

fuzz: $(fuzzers) ## fuzz the parsers, each for FUZZ_S=60 seconds
	@for f in $^; do mkdir -p build/fuzz/corpus-$${f##*/}; \
	    $$f -max_total_time=$(FUZZ_S) build/fuzz/corpus-$${f##*/} \
	        $$(case $$f in *history) echo tests/data/histories;; \
	            *core*) echo tests/fuzz/corpus/$${f##*/fuzz_};; esac) || \
	        exit 1; \
	done

aarch64: $(switches) ## test the context switch on aarch64, by qemu-user
	@tests/e2e/switch.sh

bench: raftlab build/plain/bench ## measure into build/bench.json; PART=raftcore
	@build/plain/bench build/bench.json $(PART)

##@ Develop

format: ## run clang-format on all sources
	$(CLANG_FORMAT) -i $(FORMATTED)

docs: raftlab $(mutants_so) $(plugins_plain) ## update the output shown in documents
	@tools/docs.sh

# From the commands that make would run.
compile_commands.json: FORCE ## tell clangd how each source is compiled
	@MAKEFLAGS= $(MAKE) -nB V=1 plain build/plain/bench | \
	    tools/compile_commands.sh >$@

FORCE:

# The headers that each object was built from.
-include $(shell find build -name '*.d' 2>/dev/null)
