"""Tests of the settings, and of what is asked with them. Run: python -m unittest -v"""

import threading
import unittest

import standin
import tokens
from problems import ANSWER, problems, work_out, worked
from run import ask
from settings import Settings, prompt, read


class SettingsTest(unittest.TestCase):
    def test_the_settings_are_sound(self):
        self.assertIsInstance(read(), Settings)

    def test_a_variable_wins_over_the_file(self):
        self.assertEqual(read(environ={"DECODING_VOTES": "3"}).votes, 3)
        self.assertEqual(read(environ={"DECODING_VOTES": "-1"}), read(environ={}))
        with self.assertRaisesRegex(ValueError, "votes: 100 is outside of 1 to 9"):
            read(environ={"DECODING_VOTES": "100"})

    def test_steps_are_asked_for_in_words_and_shown_by_examples(self):
        alone, free = (read(environ={"DECODING_STEPS": steps}) for steps in ("none", "free"))
        said = [m["content"] for m in prompt(alone, worked(), "How many?")]
        self.assertIn("answer alone", said[0])
        self.assertFalse(any("\n" in text for text in said[2::2]))
        self.assertNotIn("answer alone", prompt(free, worked(), "How many?")[0]["content"])
        with self.assertRaisesRegex(ValueError, "steps: 'some' is none of free, none, brief, full"):
            read(environ={"DECODING_STEPS": "some"})

    def test_a_prompt_ends_with_the_question(self):
        settings = read()
        messages = prompt(settings, worked(), "How many?")
        self.assertEqual(messages[-1], {"role": "user", "content": "How many?"})
        self.assertEqual(sum(m["role"] == "assistant" for m in messages), settings.examples)

    def test_prompts_stay_short_enough_to_be_judged(self):
        for problem in problems(1, "test"):
            texts = [m["content"] for m in prompt(read(), worked(), problem.question)]
            self.assertLess(sum(map(len, texts)), 12_000)


class ProblemsTest(unittest.TestCase):
    def test_work_without_slips_is_right(self):
        for split in ("validation", "test"):
            for problem in problems(7, split):
                self.assertEqual(work_out(problem.question, lambda: False)[1], problem.answer)

    def test_a_slip_in_every_step_is_seen(self):
        wrong = [work_out(p.question, lambda: True)[1] != p.answer for p in problems(7, "test")]
        self.assertGreater(sum(wrong), len(wrong) / 2)

    def test_examples_give_their_answers(self):
        for question, reply in worked():
            self.assertEqual(tokens.answer_in(reply, ANSWER), work_out(question, lambda: False)[1].lower())


class StandInTest(unittest.TestCase):
    def test_it_answers_over_http(self):
        server = standin.serve(0)
        self.addCleanup(server.server_close)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        base = f"http://127.0.0.1:{server.server_address[1]}/v1"
        settings = read()
        messages = prompt(settings, worked(), problems(3, "validation")[0].question)
        text, thoughts, usage, model = ask(base, "any", settings, messages, 1)
        self.assertEqual((model, thoughts), ("stand-in", ""))
        self.assertEqual(usage[1], tokens.count(text))
        self.assertLessEqual(tokens.count(text), settings.max_tokens)
        self.assertEqual(ask(base, "any", settings, messages, 1)[0], text)
        with self.assertRaisesRegex(OSError, "400"):
            ask(base, "any", settings, [], 1)


if __name__ == "__main__":
    unittest.main()
