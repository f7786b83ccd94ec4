#include "shared/program/banner.hpp"

#include <nlohmann/json.hpp>

#include "shared/program/process.hpp"

namespace iolab {
namespace {

using Json = nlohmann::ordered_json;

Json limits_of(const ServerOptions& options) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  return {{"idle_timeout_ms", duration_cast<milliseconds>(options.idle_timeout).count()},
          {"max_frame", options.protocol.max_frame},
          {"output_limit", options.output_limit},
          {"max_connections", options.max_connections},
          {"read_size", options.read_size},
          {"largest_read", options.largest_read}};
}

}  // namespace

std::string listening_line(const ServerOptions& options, const Server& server) {
  const Json line{{"event", "listening"},
                  {"server", server_program.name},
                  {"pattern", server_program.pattern},
                  {"engine", server.engine()},
                  {"protocol", options.protocol.protocol == Protocol::echo ? "echo" : "framed"},
                  {"address", options.bind},
                  {"port", server.port()},
                  {"pid", process_id()},
                  {"threads", options.threads},
                  {"dispatch", options.dispatch == Dispatch::sharded ? "sharded" : "shared"},
                  {"limits", limits_of(options)}};
  return line.dump();
}

std::string stopped_line(const Statistics& statistics) {
  static constexpr std::array<const char*, close_reasons> names{
      "by_peer", "idle_timeout", "protocol_error", "io_error", "drained", "drain_timeout"};
  const Statistics::Snapshot counts = statistics.snapshot();
  Json closed = Json::object();
  for (std::size_t i = 0; i < close_reasons; ++i) closed[names.at(i)] = counts.closed.at(i);
  Json line{{"event", "stopped"},
            {"server", server_program.name},
            {"accepted", counts.accepted},
            {"shed", counts.shed},
            {"accept_paused", counts.accept_paused},
            {"closed", closed},
            {"bytes_received", counts.traffic.bytes_received},
            {"bytes_sent", counts.traffic.bytes_sent},
            {"messages", counts.traffic.messages}};
  if (counts.zero_copy_sends > 0) {
    line["zero_copy"] = {{"sends", counts.zero_copy_sends}, {"copied", counts.zero_copy_copied}};
  }
  return line.dump();
}

}  // namespace iolab
