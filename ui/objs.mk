# ui/objs.mk - objects of the program ringlab, one per line:
#
#	ui_objs += ui/NAME.o
#
# and flags of single objects: ui/NAME.o: obj_cflags = ...

ui_objs += ui/announce.o
ui_objs += ui/checkpoint_options.o
ui_objs += ui/connect.o
ui_objs += ui/drives.o
ui_objs += ui/epochs.o
ui_objs += ui/standby.o
ui_objs += ui/hub.o ui/hub_main.o
ui_objs += ui/main.o
ui_objs += ui/net.o
ui_objs += ui/net_options.o
ui_objs += ui/net_stream.o
ui_objs += ui/net_user.o
ui/net_user.o: obj_cppflags = $(SLIRP_CFLAGS)
ui_libs += $(SLIRP_LIBS)
ui_objs += ui/options.o
ui_objs += ui/pcap.o
ui_objs += ui/rerun.o
ui_objs += ui/serial_stdio.o
ui_objs += ui/stats.o
ui_objs += ui/trace.o

gdb_objs = ui/gdb_break.o ui/gdb_cmd.o ui/gdb_monitor.o ui/gdb_proto.o ui/gdb_query.o \
    ui/gdb_regs.o ui/gdb_reverse.o
ui_objs += $(gdb_objs) ui/gdbstub.o
ui_objs += ui/endpoint.o ui/listener.o

# The monitor itself, and how people reach it
monitor_objs = ui/monitor.o ui/monitor_expr.o ui/monitor_info.o \
    ui/monitor_keys.o ui/monitor_mem.o ui/monitor_mouse.o ui/monitor_net.o \
    ui/monitor_paging.o ui/monitor_svm.o ui/monitor_vm.o
ui_objs += $(monitor_objs) ui/monitor_ask.o ui/monitor_client.o ui/monitor_edit.o ui/monitor_server.o \
    ui/monitor_term.o
ui/monitor_edit.o: obj_cppflags = $(EDIT_CFLAGS)
ui_libs += $(EDIT_LIBS)

generated += ui/ringlab.bash
check_deps += ui/ringlab.bash

# The screen
ui_objs += ui/screendump.o
ui/screendump.o: obj_cppflags = $(PNG_CFLAGS)
ui_libs += $(PNG_LIBS)

# The window
ui_objs += ui/window.o ui/window_fit.o ui/window_input.o
ui/window.o: obj_cppflags = $(SDL_CFLAGS)
ui_libs += $(SDL_LIBS)
