#include "shared/protocol/output_queue.hpp"

#include <thread>

#include "tests/unit/bytes.hpp"

namespace iolab {
namespace {

void put(OutputQueue& queue, const std::string& text) {
  queue.append(as_bytes(text));
}

std::string take(OutputQueue& queue, std::size_t most) {
  std::string text = to_text(queue.pending().first(std::min(most, queue.pending().size())));
  queue.consume(text.size());
  return text;
}

std::string take_all(OutputQueue& queue) {
  std::string all;
  while (queue.pending_bytes() > 0) all += take(queue, chunk_size);
  return all;
}

TEST(OutputQueue, IsEmptyAtFirst) {
  const OutputQueue queue;
  EXPECT_TRUE(queue.pending().empty());
  EXPECT_EQ(queue.pending_bytes(), 0);
}

TEST(OutputQueue, ShowsOnlyWhatIsCommitted) {
  OutputQueue queue;
  put(queue, "one");
  EXPECT_TRUE(queue.pending().empty());
  queue.commit();
  put(queue, "two");
  EXPECT_EQ(to_text(queue.pending()), "one");
  EXPECT_EQ(queue.pending_bytes(), 3);
  queue.commit();
  EXPECT_EQ(to_text(queue.pending()), "onetwo");
}

TEST(OutputQueue, KeepsWhatIsUncommittedWhenAllElseIsConsumed) {
  OutputQueue queue;
  put(queue, "one");
  queue.commit();
  put(queue, "two");
  EXPECT_EQ(take_all(queue), "one");
  EXPECT_TRUE(queue.pending().empty());
  queue.commit();
  EXPECT_EQ(take_all(queue), "two");
}

TEST(OutputQueue, ConsumesInParts) {
  OutputQueue queue;
  put(queue, "abcdef");
  queue.commit();
  EXPECT_EQ(take(queue, 2), "ab");
  EXPECT_EQ(queue.pending_bytes(), 4);
  EXPECT_EQ(take(queue, 3), "cde");
  EXPECT_EQ(take(queue, 3), "f");
  EXPECT_EQ(queue.pending_bytes(), 0);
}

TEST(OutputQueue, ConsumingNothingChangesNothing) {
  OutputQueue queue;
  queue.consume(0);
  put(queue, "abc");
  queue.commit();
  queue.consume(0);
  EXPECT_EQ(take_all(queue), "abc");
}

TEST(OutputQueue, FillsChunksToTheLastByte) {
  for (const std::size_t size : {chunk_size - 1, chunk_size, chunk_size + 1, 3 * chunk_size}) {
    OutputQueue queue;
    const std::string text = noise(size, 1);
    put(queue, text);
    put(queue, "end");
    queue.commit();
    EXPECT_EQ(queue.pending_bytes(), size + 3);
    EXPECT_EQ(take_all(queue), text + "end") << size;
  }
}

TEST(OutputQueue, MovesNoByteItHasShown) {
  OutputQueue queue;
  put(queue, "shown");
  queue.commit();
  const auto shown = queue.pending();
  for (std::uint32_t i = 0; i < 30; ++i) put(queue, noise(1000, i));
  queue.commit();
  EXPECT_EQ(queue.pending().data(), shown.data());
  EXPECT_EQ(to_text(shown), "shown");
}

TEST(OutputQueue, BehavesAsAString) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    OutputQueue queue;
    std::string committed;
    std::string uncommitted;
    for (int step = 0; step < 100; ++step) {
      if (random() % 3 == 0) {
        const std::string text = noise(random() % 20'000, seed);
        put(queue, text);
        uncommitted += text;
      } else if (random() % 2) {
        queue.commit();
        committed += std::exchange(uncommitted, {});
      } else {
        const std::string taken = take(queue, random() % 30'000);
        ASSERT_EQ(taken, committed.substr(0, taken.size())) << "seed " << seed;
        committed.erase(0, taken.size());
      }
      ASSERT_EQ(queue.pending_bytes(), committed.size()) << "seed " << seed;
    }
  }
}

TEST(ChunkPool, LendsWhatItGotBack) {
  ChunkPool pool;
  auto chunk = pool.borrow();
  const Chunk* const address = chunk.get();
  chunk->used = 17;
  pool.give_back(std::move(chunk));
  EXPECT_EQ(pool.spare(), 1);
  chunk = pool.borrow();
  EXPECT_EQ(chunk.get(), address);
  EXPECT_EQ(chunk->used, 0);
  EXPECT_EQ(chunk->next, nullptr);
  EXPECT_EQ(pool.spare(), 0);
}

TEST(ChunkPool, KeepsNoMoreThanItsLimit) {
  ChunkPool pool;
  std::vector<std::unique_ptr<Chunk>> chunks;
  for (std::size_t i = 0; i < ChunkPool::most_spare + 10; ++i) chunks.push_back(pool.borrow());
  for (auto& chunk : chunks) pool.give_back(std::move(chunk));
  EXPECT_EQ(pool.spare(), ChunkPool::most_spare);
}

// On a thread of its own, whose pool no other test has filled.
TEST(ChunkPool, GetsBackWhatAQueueBorrowed) {
  std::thread([] {
    const auto& pool = ChunkPool::of_this_thread();
    {
      OutputQueue queue;
      put(queue, noise(5 * chunk_size, 1));
      queue.commit();
      EXPECT_EQ(pool.spare(), 0);
      (void)take(queue, chunk_size);
      EXPECT_EQ(pool.spare(), 1);
    }
    EXPECT_EQ(pool.spare(), 5);
  }).join();
}

}  // namespace
}  // namespace iolab
