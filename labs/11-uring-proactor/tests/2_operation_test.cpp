// One operation: its entry, its completion, its result.
#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Receive, WhatIsThereAlready, "receive") {
  Bench bench;
  scenes::receives_what_is_there_already(bench);
}

LAB_TEST(Receive, WhatArrivesLater, "blocking") {
  Bench bench;
  scenes::receives_what_arrives_later(bench);
}

LAB_TEST(Receive, NeverInsideSubmit, "not-inside-submit") {
  Bench bench;
  scenes::completes_never_inside_submit(bench);
}

LAB_TEST(Receive, OncePerSubmit, "seen") {
  Bench bench;
  scenes::completes_once_per_submit(bench);
}

LAB_TEST(Receive, TheEndOfTheStreamIsZeroBytes, "result") {
  Bench bench;
  scenes::the_end_of_the_stream_is_zero_bytes(bench);
}

LAB_TEST(Receive, ALostConnectionIsAValue, "result") {
  Bench bench;
  scenes::a_lost_connection_is_a_value(bench);
}

LAB_TEST(Send, WhatIsSubmitted, "send") {
  Bench bench;
  scenes::sends_what_is_submitted(bench);
}

LAB_TEST(Send, AShortOneCompletesWithWhatWasTaken, "short-send") {
  Bench bench;
  scenes::a_short_send_completes_with_what_was_taken(bench);
}

LAB_TEST(Send, AFullSendBufferIsWaitedFor, "blocking") {
  Bench bench;
  scenes::a_full_send_buffer_is_waited_for(bench);
}

LAB_TEST(Send, TheRestFollowsInOrder, "short-send") {
  Bench bench;
  scenes::the_rest_of_a_send_follows_in_order(bench);
}

LAB_TEST(Accept, OneConnectionForEachOperation, "accept") {
  Bench bench;
  scenes::accepts_one_connection_for_each_operation(bench);
}

LAB_TEST(Accept, AnErrorIsAValue, "accept") {
  Bench bench;
  scenes::an_error_of_accept_is_a_value(bench);
}

LAB_TEST(Together, NothingBlocks, "blocking") {
  Bench bench;
  scenes::nothing_blocks(bench);
}

LAB_TEST(Together, BothDirectionsWaitAtOnce, "both-directions") {
  Bench bench;
  scenes::both_directions_wait_at_once(bench);
}

LAB_TEST(Together, EveryByteComesBack, "both-directions") {
  Bench bench;
  scenes::every_byte_comes_back(bench);
}

}  // namespace
}  // namespace lab
