// What one message costs in each piece of code that it passes through on its way between two system
// calls. The column "message" is the time per message; one receive and one send together cost about
// 4 us, so a piece matters only if it is a visible part of that.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

#include "shared/buffers/chunk_pool.hpp"
#include "shared/measure/histogram.hpp"
#include "shared/protocol/conversation.hpp"
#include "shared/protocol/frame_decoder.hpp"
#include "shared/protocol/work.hpp"
#include "shared/server/idle_list.hpp"

namespace iolab {
namespace {

constexpr std::size_t message_size = 64;  // on the wire, header included
constexpr std::uint32_t read_size = 16 * 1024;
constexpr std::size_t large_message_size = std::size_t{64} * 1024;
constexpr std::size_t output_limit = std::size_t{256} * 1024;

/// What one receive brings when `depth` messages are in flight: frames, though echo does not care.
std::vector<std::byte> make_input(std::size_t depth, std::size_t size = message_size) {
  std::vector<std::byte> input;
  for (std::size_t i = 0; i < depth; ++i) {
    const auto header = encode_frame_header(static_cast<std::uint32_t>(size - frame_header_size));
    input.insert(input.end(), header.begin(), header.end());
    input.resize(input.size() + size - frame_header_size, std::byte{7});
  }
  return input;
}

void count_messages(benchmark::State& state, std::size_t per_iteration) {
  using benchmark::Counter;
  state.counters["message"] = Counter(static_cast<double>(per_iteration),
                                      Counter::kIsIterationInvariantRate | Counter::kInvert);
}

void BM_frame_decoding(benchmark::State& state) {
  const auto depth = static_cast<std::size_t>(state.range(0));
  const std::vector<std::byte> input = make_input(depth);
  FrameDecoder decoder(1024 * 1024);
  for (auto _ : state) {
    for (std::span<const std::byte> bytes = input; !bytes.empty();) {
      const FrameDecoder::Piece piece = decoder.next(bytes);
      benchmark::DoNotOptimize(piece.bytes.data());
      bytes = bytes.subspan(piece.consumed);
    }
  }
  count_messages(state, depth);
}
BENCHMARK(BM_frame_decoding)->ArgName("depth")->Arg(1)->Arg(16);

// All that an engine asks of a connection between a receive and the send that answers it, the chunk
// that it receives into included.
void round_trip(benchmark::State& state, Protocol protocol) {
  const auto depth = static_cast<std::size_t>(state.range(0));
  const auto input = make_input(depth, static_cast<std::size_t>(state.range(1)));
  const auto room = std::max(read_size, static_cast<std::uint32_t>(input.size()));
  const FlowLimits limits{.output_limit = output_limit, .first_read = room, .largest_read = room};
  Work work;
  Conversation conversation(make_session({.protocol = protocol}, work), limits);
  const Chunk* filled = nullptr;
  for (auto _ : state) {
    ChunkPtr chunk;
    benchmark::DoNotOptimize(conversation.make_room(chunk));
    // Mostly the pool lends the same one again, with the bytes of the last time in it.
    if (filled != chunk.get()) std::ranges::copy(input, chunk->bytes());
    filled = chunk.get();
    benchmark::DoNotOptimize(conversation.received(chunk, input.size()));
    while (conversation.wants_write()) {
      const BufferSequence output = conversation.pending_output();
      benchmark::DoNotOptimize(output.front().data());
      conversation.sent(output.size());
    }
    benchmark::DoNotOptimize(conversation.finished());
    benchmark::DoNotOptimize(conversation.wants_read());
  }
  count_messages(state, depth);
}

void choose_messages(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"depth", "size"});
  for (const std::int64_t depth : {1, 16}) benchmark->Args({depth, message_size});
  benchmark->Args({1, large_message_size});
}

void BM_echo_round_trip(benchmark::State& state) {
  round_trip(state, Protocol::echo);
}
BENCHMARK(BM_echo_round_trip)->Apply(choose_messages);

void BM_framed_round_trip(benchmark::State& state) {
  round_trip(state, Protocol::framed);
}
BENCHMARK(BM_framed_round_trip)->Apply(choose_messages);

// The yardstick: what is not sent from where it was received to is copied once.
void BM_copy(benchmark::State& state) {
  const auto depth = static_cast<std::size_t>(state.range(0));
  const auto input = make_input(depth, static_cast<std::size_t>(state.range(1)));
  std::vector<std::byte> output(input.size());
  for (auto _ : state) {
    std::copy(input.begin(), input.end(), output.begin());
    benchmark::ClobberMemory();
  }
  count_messages(state, depth);
}
BENCHMARK(BM_copy)->Apply(choose_messages);

void BM_chunk_pool(benchmark::State& state) {
  ChunkPool& pool = ChunkPool::of_this_thread();
  for (auto _ : state) {
    const ChunkPtr chunk = pool.borrow(read_size);
    benchmark::DoNotOptimize(chunk->bytes());
  }
  count_messages(state, 1);
}
BENCHMARK(BM_chunk_pool);

void BM_histogram_record(benchmark::State& state) {
  Histogram histogram;
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> latency_ns(11, 1);
  std::vector<std::int64_t> latencies(4096);
  for (auto& latency : latencies) latency = static_cast<std::int64_t>(latency_ns(random));
  std::size_t i = 0;
  for (auto _ : state) histogram.record(latencies[i++ % latencies.size()]);
  benchmark::DoNotOptimize(histogram.count());
  count_messages(state, 1);
}
BENCHMARK(BM_histogram_record);

struct IdleEntry : IdleList::Entry {};

/// A list of so many connections, and what it costs to touch one after the other. Without a tick
/// between them, as for all but the first message of a connection in a tick, a touch does nothing.
void touch(benchmark::State& state, bool tick_between_rounds) {
  std::vector<IdleEntry> entries(100);
  IdleList list;
  for (IdleEntry& entry : entries) list.insert(entry);
  for (auto _ : state) {
    if (tick_between_rounds) list.tick();
    for (IdleEntry& entry : entries) list.touch(entry);
    benchmark::ClobberMemory();
  }
  count_messages(state, entries.size());
}

void BM_idle_list_touch(benchmark::State& state) {
  touch(state, false);
}
BENCHMARK(BM_idle_list_touch);

void BM_idle_list_first_touch_in_tick(benchmark::State& state) {
  touch(state, true);
}
BENCHMARK(BM_idle_list_first_touch_in_tick);

}  // namespace
}  // namespace iolab
