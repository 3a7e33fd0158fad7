"""The settings files, by the program that reads them."""

import tomllib

from support import DOCKER, ROOT, Case, text

FILES = sorted(DOCKER.glob("**/portico.toml"))


class Settings(Case):
    def test_each_is_accepted_once_the_operators_own_is_in_place(self):
        self.assertEqual(len(FILES), 4)
        for path in FILES:
            with self.subTest(file=str(path.relative_to(ROOT))):
                settings = tomllib.loads(text(path))
                checked = self.portico("check", "--config", str(path), env=self.in_place_for(settings))
                self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_none_is_accepted_as_it_ships(self):
        for path in FILES:
            with self.subTest(file=str(path.relative_to(ROOT))):
                env = self.in_place_for(tomllib.loads(text(path)))
                del env["PORTICO_OKTA__CLIENT_ID"]
                checked = self.portico("check", "--config", str(path), env=env)
                self.assertEqual(checked.returncode, 2)
                self.assertIn("okta.client_id", checked.stderr)

    def test_a_private_port_that_others_reach_has_a_token(self):
        found = 0
        for path in FILES:
            ops = tomllib.loads(text(path)).get("ops", {})
            if not ops.get("listen", "127.").startswith("127."):
                found += 1
                self.assertIn("admin_token_file", ops)
        self.assertEqual(found, 3)
