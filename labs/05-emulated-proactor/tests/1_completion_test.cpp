// What is submitted completes: once, later, with its result.
#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Completion, ReceivesWhatIsThereAlready, "first-receive") {
  Bench bench;
  scenes::receives_what_is_there_already(bench);
}

LAB_TEST(Completion, ReceivesWhatArrivesLater, "first-receive") {
  Bench bench;
  scenes::receives_what_arrives_later(bench);
}

LAB_TEST(Completion, SendsWhatIsSubmitted, "first-send") {
  Bench bench;
  scenes::sends_what_is_submitted(bench);
}

LAB_TEST(Completion, NeverInsideSubmit, "not-inside-submit") {
  Bench bench;
  scenes::completes_never_inside_submit(bench);
}

LAB_TEST(Completion, OncePerSubmit, "once") {
  Bench bench;
  scenes::completes_once_per_submit(bench);
}

LAB_TEST(Completion, WhatAHandlerSubmitsIsNotLost, "resubmit") {
  Bench bench;
  scenes::what_a_handler_submits_is_not_lost(bench);
}

LAB_TEST(Completion, TheEndOfTheStreamIsZeroBytes, "end-of-stream") {
  Bench bench;
  scenes::the_end_of_the_stream_is_zero_bytes(bench);
}

LAB_TEST(Completion, ALostConnectionIsAValue, "lost-connection") {
  Bench bench;
  scenes::a_lost_connection_is_a_value(bench);
}

LAB_TEST(Accept, OneConnectionForEachOperation, "accept") {
  Bench bench;
  scenes::accepts_one_connection_for_each_operation(bench);
}

LAB_TEST(Accept, AnErrorIsAValue, "old-result") {
  Bench bench;
  scenes::an_error_of_accept_is_a_value(bench);
}

}  // namespace
}  // namespace lab
