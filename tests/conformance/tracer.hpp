#pragma once

#include <string>

#include "tests/conformance/server_process.hpp"

/// Starting a server under strace, which sees its system calls or makes them fail.
namespace iolab::conformance {

/// Empty if this system lets us trace our own children, else why not.
[[nodiscard]] std::string why_no_trace();

/// `command` as a child of strace, which is given these options of its own. Output, errors and
/// status are the command's.
[[nodiscard]] ServerProcess start_traced(const Words& strace_options, const Words& command);

}  // namespace iolab::conformance
