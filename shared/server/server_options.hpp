#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "shared/protocol/session.hpp"
#include "shared/protocol/work.hpp"

namespace iolab {

enum class Dispatch : std::uint8_t {
  sharded,  ///< an engine and a listener for each thread; a connection stays on its thread
  shared,   ///< all threads run one engine; a strand keeps a connection's handlers apart
};

/// The processing step, see Work.
struct WorkOptions {
  std::uint64_t every = 0;
  Work::Kind kind = Work::Kind::block;
  std::chrono::nanoseconds duration{0};
};

/// What every server can be told, with the same names and defaults in all of them.
struct ServerOptions {
  ProtocolOptions protocol{};
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: the system chooses
  std::size_t threads = 1;
  Dispatch dispatch = Dispatch::sharded;
  std::chrono::nanoseconds idle_timeout = std::chrono::seconds(60);  ///< 0: never
  std::chrono::nanoseconds drain_timeout = std::chrono::seconds(5);
  std::size_t output_limit = std::size_t{256} * 1024;  ///< bytes; 0: none
  std::uint64_t max_connections = 0;                   ///< 0: no limit
  std::size_t read_size = std::size_t{16} * 1024;      ///< bytes asked for by one read, at first
  std::size_t largest_read = std::size_t{256} * 1024;  ///< bytes, once reads fill their buffers
  WorkOptions work{};

  // Of some servers only; see ServerProgram::own_options.
  std::string demultiplexer = "epoll";     ///< select, poll or epoll
  std::string read = "buffered";           ///< buffered, or exact: header, then body
  std::string timer = "idle-list";         ///< idle-list, or per-operation
  std::string uring_setup = "newest";      ///< none, coop or defer; newest: that the kernel knows
  unsigned uring_entries = 4096;           ///< length of the submission queue
  unsigned provided_buffers = 128;         ///< in the ring of a multishot receive
  std::string uring_files = "plain";       ///< how sockets are named: plain, or registered
  std::string uring_receive = "single";    ///< what a completion brings: single, or bundle
  std::size_t zero_copy_from = 0;          ///< bytes sent in one piece; 0: always copy
  std::string zero_copy_memory = "plain";  ///< sent from: plain, or registered
};

/// Bad usage; the message names the cause and the cure.
struct UsageError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

}  // namespace iolab
