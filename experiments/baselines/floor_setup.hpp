#pragma once

#include <cstddef>

/// What a floor needs before its loop begins. The floors link nothing else of iolab.
namespace floor_setup {

/// One line on standard error, then the end. Without `why`: the last system call's error.
[[noreturn]] void give_up(int status, const char* what, const char* why);
[[noreturn]] void give_up(const char* what);

/// Reads the command line, listens on it, and ends the process on SIGTERM and SIGINT.
/// Gives the non-blocking listener.
[[nodiscard]] int listen_as_told(int argc, char** argv);

/// To be called once the loop can begin.
void print_banner(int listener, const char* engine, std::size_t read_size);

/// Options of an accepted connection.
void configure(int peer);

}  // namespace floor_setup
