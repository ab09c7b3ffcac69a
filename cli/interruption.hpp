// Ends that come from outside: a signal, a reader that went away.
#pragma once

namespace chalktape::cli {

/// From now on a signal that asks the program to end (SIGINT, SIGTERM, SIGHUP, SIGQUIT) first removes what is
/// unfinished (see engine/io/unfinished.hpp), then ends it as it would have: the shell sees 128 + the signal's number.
/// A reader that went away (SIGPIPE) and a file beyond the shell's limit (SIGXFSZ) become errors of writing, like any
/// other. Signals that the caller ignores, as nohup does, stay ignored. Throws Failure.
void handle_interruptions();

}  // namespace chalktape::cli
