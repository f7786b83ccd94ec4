// What every demultiplexer promises: the same tests for select, poll and epoll.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "reactor/demultiplexer.hpp"
#include "tests/contract/stream_pair.hpp"

namespace iolab::reactor::test {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// A demultiplexer only passes handlers through, so this one does nothing.
struct Tag final : EventHandler {
  [[nodiscard]] Handle get_handle() const override { return invalid_handle; }
  void handle_event(Events) override {}
};

class DemultiplexerContract : public testing::TestWithParam<std::string> {
 protected:
  /// What one wait reports, by handler.
  std::map<const EventHandler*, Events> wait(milliseconds timeout = milliseconds(0)) {
    std::map<const EventHandler*, Events> result;
    for (const auto& [handler, events] : demultiplexer->wait(timeout)) {
      EXPECT_TRUE(result.emplace(handler, events).second) << "one handle was reported twice";
    }
    return result;
  }
  /// What one wait reports of `tag`.
  Events ready() {
    const auto found = wait();
    EXPECT_LE(found.size(), found.count(&tag)) << "somebody else was reported";
    return found.empty() ? Events::none : found.begin()->second;
  }

  const std::unique_ptr<Demultiplexer> demultiplexer = make_demultiplexer(GetParam());
  StreamPair pair;
  Tag tag;
};

TEST_P(DemultiplexerContract, HasTheNameItWasAskedForBy) {
  EXPECT_EQ(demultiplexer->name(), GetParam());
}

TEST_P(DemultiplexerContract, ReportsNothingWhenNothingIsReady) {
  demultiplexer->add(pair.near.get(), tag, Events::read);
  EXPECT_EQ(ready(), Events::none);
}

TEST_P(DemultiplexerContract, WaitsForTheTimeout) {
  const auto begin = Clock::now();
  EXPECT_TRUE(wait(milliseconds(30)).empty());
  EXPECT_GE(Clock::now() - begin, milliseconds(29));
}

TEST_P(DemultiplexerContract, ReportsAReadableHandleUntilItIsRead) {
  demultiplexer->add(pair.near.get(), tag, Events::read);
  write_text(pair.far, "ab");
  EXPECT_EQ(ready(), Events::read);
  EXPECT_EQ(ready(), Events::read) << "level-triggered: still ready, reported again";
  EXPECT_EQ(drain(pair.near), 2U);
  EXPECT_EQ(ready(), Events::none);
}

TEST_P(DemultiplexerContract, ReportsWhatWasReadyBeforeItWasAdded) {
  write_text(pair.far, "a");
  demultiplexer->add(pair.near.get(), tag, Events::read);
  EXPECT_EQ(ready(), Events::read);
}

TEST_P(DemultiplexerContract, ReportsAWritableHandleUntilItIsFull) {
  demultiplexer->add(pair.near.get(), tag, Events::write);
  EXPECT_EQ(ready(), Events::write);
  fill(pair.near);
  EXPECT_EQ(ready(), Events::none);
  drain(pair.far);
  EXPECT_EQ(ready(), Events::write);
}

TEST_P(DemultiplexerContract, ReportsBothDirectionsAtOnce) {
  demultiplexer->add(pair.near.get(), tag, Events::read_write);
  write_text(pair.far, "a");
  EXPECT_EQ(ready(), Events::read_write);
}

TEST_P(DemultiplexerContract, ReportsOnlyWhatIsOfInterest) {
  write_text(pair.far, "a");
  demultiplexer->add(pair.near.get(), tag, Events::write);
  EXPECT_EQ(ready(), Events::write);
  demultiplexer->change(pair.near.get(), tag, Events::read);
  EXPECT_EQ(ready(), Events::read);
}

TEST_P(DemultiplexerContract, ReportsTheEndOfTheStreamAsReadable) {
  demultiplexer->add(pair.near.get(), tag, Events::read);
  ASSERT_EQ(::shutdown(pair.far.get(), SHUT_WR), 0);
  EXPECT_TRUE(has(ready(), Events::read));
}

TEST_P(DemultiplexerContract, TellsAWriterThatThePeerIsGone) {
  fill(pair.near);
  demultiplexer->add(pair.near.get(), tag, Events::write);
  ASSERT_EQ(ready(), Events::none);
  pair.far.reset();
  EXPECT_TRUE(has(ready(), Events::write));
}

TEST_P(DemultiplexerContract, WithoutInterestALostPeerIsNotReportedForEver) {
  demultiplexer->add(pair.near.get(), tag, Events::none);
  pair.far.reset();
  wait();  // one report is allowed, the Reactor drops it
  EXPECT_EQ(ready(), Events::none);
  demultiplexer->change(pair.near.get(), tag, Events::read);
  EXPECT_TRUE(has(ready(), Events::read));
  demultiplexer->change(pair.near.get(), tag, Events::none);
  wait();
  EXPECT_EQ(ready(), Events::none);
}

TEST_P(DemultiplexerContract, ForgetsWhatWasRemoved) {
  demultiplexer->add(pair.near.get(), tag, Events::read_write);
  demultiplexer->remove(pair.near.get());
  EXPECT_EQ(ready(), Events::none);
}

TEST_P(DemultiplexerContract, ReportsTheNewHandlerOfADescriptorThatIsReused) {
  demultiplexer->add(pair.near.get(), tag, Events::read);
  demultiplexer->remove(pair.near.get());
  Tag other;
  demultiplexer->add(pair.near.get(), other, Events::read);
  write_text(pair.far, "a");
  EXPECT_EQ(wait(), (std::map<const EventHandler*, Events>{{&other, Events::read}}));
}

TEST_P(DemultiplexerContract, KeepsTheOthersWhenOneIsRemoved) {
  std::array<StreamPair, 5> pairs;
  std::array<Tag, 5> tags;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    demultiplexer->add(pairs[i].near.get(), tags[i], i == 3 ? Events::none : Events::read);
    write_text(pairs[i].far, "a");
  }
  demultiplexer->remove(pairs[0].near.get());
  demultiplexer->remove(pairs[2].near.get());
  demultiplexer->change(pairs[3].near.get(), tags[3], Events::read);
  const std::map<const EventHandler*, Events> expected{
      {&tags[1], Events::read}, {&tags[3], Events::read}, {&tags[4], Events::read}};
  EXPECT_EQ(wait(), expected);
}

TEST_P(DemultiplexerContract, KeepsWhatItReportedWhileHandlesComeAndGo) {
  std::vector<StreamPair> late(300);
  std::vector<Tag> tags(late.size());
  demultiplexer->add(pair.near.get(), tag, Events::write);
  const auto found = demultiplexer->wait(milliseconds(0));
  ASSERT_EQ(found.size(), 1U);
  for (std::size_t i = 0; i < late.size(); ++i) {
    demultiplexer->add(late[i].near.get(), tags[i], Events::write);
  }
  EXPECT_EQ(found.front().handler, &tag);
  EXPECT_EQ(found.front().events, Events::write);
}

TEST_P(DemultiplexerContract, LeavesNobodyOut) {
  std::vector<StreamPair> pairs(480);  // more than fit a batch, fewer than select can watch
  std::vector<Tag> tags(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    demultiplexer->add(pairs[i].near.get(), tags[i], Events::write);
  }
  std::map<const EventHandler*, Events> all;
  for (int turn = 0; turn < 4; ++turn) all.merge(wait());
  EXPECT_EQ(all.size(), pairs.size()) << "nothing was done about the first, so they stay ready";
}

TEST_P(DemultiplexerContract, ASignalEndsTheWaitEarly) {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ASSERT_EQ(::sigaction(SIGALRM, &action, nullptr), 0);
  const itimerval soon{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = 20'000}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &soon, nullptr), 0);
  const auto begin = Clock::now();
  EXPECT_TRUE(wait(milliseconds(20'000)).empty());
  EXPECT_LT(Clock::now() - begin, milliseconds(10'000));
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}

INSTANTIATE_TEST_SUITE_P(Each, DemultiplexerContract, testing::Values("select", "poll", "epoll"),
                         name_of);

TEST(MakeDemultiplexer, RefusesANameItDoesNotKnow) {
  EXPECT_THROW((void)make_demultiplexer("kqueue"), std::invalid_argument);
}

TEST(SelectDemultiplexer, RefusesADescriptorItHasNoBitFor) {
  const auto select = make_demultiplexer("select");
  const StreamPair pair;
  Tag tag;
  const UniqueHandle last(::dup2(pair.near.get(), FD_SETSIZE - 1));
  const UniqueHandle beyond(::dup2(pair.near.get(), FD_SETSIZE));
  ASSERT_TRUE(last && beyond) << "the descriptor limit is too low for this test";
  EXPECT_NO_THROW(select->add(last.get(), tag, Events::write));
  try {
    select->add(beyond.get(), tag, Events::write);
    FAIL() << "it took descriptor " << beyond.get();
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("FD_SETSIZE"), std::string::npos) << error.what();
  }
  const auto found = select->wait(milliseconds(0));
  EXPECT_EQ(found.size(), 1U) << "the refused one must not be watched";
}

}  // namespace
}  // namespace iolab::reactor::test
