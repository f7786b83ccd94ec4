#include "shared/server/idle_list.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace iolab {
namespace {

struct Item : IdleList::Entry {};

class IdleListTest : public testing::Test {
 protected:
  void tick(int times = 1) {
    for (int i = 0; i < times; ++i) list_.tick();
  }

  std::vector<IdleList::Entry*> idle_for(std::uint32_t ticks) {
    std::vector<IdleList::Entry*> idle;
    list_.for_each_idle_for(ticks, [&](IdleList::Entry& entry) { idle.push_back(&entry); });
    return idle;
  }

  IdleList list_;
  Item a_, b_, c_;
};

TEST_F(IdleListTest, IsEmptyAtFirst) {
  EXPECT_EQ(list_.first(), nullptr);
  EXPECT_EQ(list_.take_idle(0), nullptr);
}

TEST_F(IdleListTest, KeepsTheOrderOfInsertion) {
  for (Item* item : {&a_, &b_, &c_}) list_.insert(*item);
  EXPECT_EQ(list_.first(), &a_);
  EXPECT_EQ(list_.after(a_), &b_);
  EXPECT_EQ(list_.after(b_), &c_);
  EXPECT_EQ(list_.after(c_), nullptr);
}

TEST_F(IdleListTest, ATouchMovesToTheEnd) {
  for (Item* item : {&a_, &b_}) list_.insert(*item);
  tick();
  list_.touch(a_);
  EXPECT_EQ(list_.first(), &b_);
  EXPECT_EQ(list_.after(b_), &a_);
}

TEST_F(IdleListTest, FurtherTouchesInATickChangeNothing) {
  for (Item* item : {&a_, &b_}) list_.insert(*item);
  EXPECT_TRUE(list_.is_current(a_));
  list_.touch(a_);
  EXPECT_EQ(list_.first(), &a_);
  tick();
  EXPECT_FALSE(list_.is_current(a_));
  list_.touch(a_);
  EXPECT_TRUE(list_.is_current(a_));
}

TEST_F(IdleListTest, TakesOnlyWhatIsIdleForMoreThanTheLimit) {
  list_.insert(a_);
  tick(3);
  EXPECT_EQ(list_.take_idle(3), nullptr);
  tick();
  EXPECT_EQ(list_.take_idle(3), &a_);
  EXPECT_EQ(list_.take_idle(3), nullptr);
}

TEST_F(IdleListTest, TakesTheLongestIdleFirst) {
  list_.insert(a_);
  tick();
  list_.insert(b_);
  tick();
  list_.insert(c_);
  tick(2);
  EXPECT_EQ(list_.take_idle(2), &a_);
  EXPECT_EQ(list_.take_idle(2), &b_);
  EXPECT_EQ(list_.take_idle(2), nullptr);
  EXPECT_EQ(list_.first(), &c_);
}

TEST_F(IdleListTest, ATouchSaves) {
  list_.insert(a_);
  for (int i = 0; i < 10; ++i) {
    tick(2);
    list_.touch(a_);
  }
  EXPECT_EQ(list_.take_idle(2), nullptr);
}

TEST_F(IdleListTest, VisitsWhatIsIdleForJustSoLong) {
  list_.insert(a_);
  tick();
  for (Item* item : {&b_, &c_}) list_.insert(*item);
  tick();
  EXPECT_EQ(idle_for(0), std::vector<IdleList::Entry*>{});
  EXPECT_EQ(idle_for(1), (std::vector<IdleList::Entry*>{&c_, &b_}));
  EXPECT_EQ(idle_for(2), std::vector<IdleList::Entry*>{&a_});
  EXPECT_EQ(idle_for(3), std::vector<IdleList::Entry*>{});
}

TEST_F(IdleListTest, VisitsNobodyInAnEmptyList) {
  tick(2);
  EXPECT_TRUE(idle_for(2).empty());
}

TEST_F(IdleListTest, VisitsAnEntryInOneTickOnly) {
  list_.insert(a_);
  int visits = 0;
  for (int i = 0; i < 10; ++i) {
    tick();
    list_.for_each_idle_for(2, [&](IdleList::Entry&) { ++visits; });
  }
  EXPECT_EQ(visits, 1);
}

TEST_F(IdleListTest, RemovesFromAnywhere) {
  for (Item* item : {&a_, &b_, &c_}) list_.insert(*item);
  list_.remove(b_);
  EXPECT_EQ(list_.after(a_), &c_);
  list_.remove(a_);
  EXPECT_EQ(list_.first(), &c_);
  list_.remove(c_);
  EXPECT_EQ(list_.first(), nullptr);
}

TEST_F(IdleListTest, RemovingOrTouchingWhatIsInNoListDoesNothing) {
  list_.insert(a_);
  list_.remove(b_);
  tick();
  list_.touch(b_);
  EXPECT_EQ(list_.first(), &a_);
  EXPECT_EQ(list_.after(a_), nullptr);
}

TEST_F(IdleListTest, MayBeInsertedAgain) {
  list_.insert(a_);
  list_.remove(a_);
  list_.insert(a_);
  EXPECT_EQ(list_.first(), &a_);
}

}  // namespace
}  // namespace iolab
