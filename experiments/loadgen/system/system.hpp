#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <string>

#include "shared/measure/clock.hpp"

/// What differs between operating systems; a file per system defines it.
namespace iolab::loadgen {

/// Raises the process's limit of open descriptors to at least `needed`. Returns a sentence if the
/// system does not allow as many, otherwise nothing.
[[nodiscard]] std::string allow_descriptors(std::size_t needed);

/// The error of connect() when every port of the local address is taken.
extern const int port_exhausted_error;

/// Lets a following bind() to port 0 leave the choice of the port to connect(), where the same port
/// may serve for several destinations. Does nothing where the system cannot.
void choose_port_late(boost::asio::ip::tcp::socket::native_handle_type handle);

/// Sends the acknowledgements that the socket's connection still holds back. Otherwise they would
/// all go out 40 ms after the last reply, while somebody else is being measured.
void acknowledge_now(boost::asio::ip::tcp::socket::native_handle_type handle);

/// Binds the calling thread to the CPU with this number, modulo the number of CPUs it may use.
/// Returns whether the system did so.
bool pin_thread(unsigned cpu);

/// Binds the calling thread to this CPU, one that the process need not be allowed to use, and lets
/// it run there before all others, if the system permits. Returns whether it did both.
bool run_before_all_others_on(unsigned cpu);

/// Sleeps until now_ns() is this, as exactly as the system can.
void sleep_until(Nanoseconds time_ns);

/// How many CPUs the process may use, at least 1.
[[nodiscard]] unsigned usable_cpus();

/// Runs a program, found as given, with these arguments and returns what it wrote to standard
/// output. Throws std::runtime_error if it could not be run or failed.
[[nodiscard]] std::string output_of(const std::string& command);

}  // namespace iolab::loadgen
