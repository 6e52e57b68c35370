/** The six questions: each answer is kept at once, each may be skipped, "don't know" stays unknown and costs nothing. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type FirstAnswers, query, refresh, request, within } from '../api.ts';
import { pillarWord, questions } from '../words.ts';
import { Loaded, ProblemBox, Skeleton } from './problem.tsx';

export function Questions({ ws }: { ws: string }) {
  const settings = useQuery(query.settings(ws));
  // What was just chosen stands at once; a refused answer falls back to what is kept.
  const [chosen, setChosen] = useState<Partial<FirstAnswers>>({});
  const save = useMutation({
    mutationFn: (answers: Partial<FirstAnswers>) => request(within(ws, '/answers'), { method: 'PUT', body: answers }),
    onSuccess: () => refresh(ws),
    onError: () => setChosen({}),
  });
  const answer = (answers: Partial<FirstAnswers>) => {
    setChosen((before) => ({ ...before, ...answers }));
    save.mutate(answers);
  };
  return (
    <Loaded from={settings} skeleton={<Skeleton rows={6} height={96} />}>
      {(data) => (
        <div className="questions">
          {save.isError ? <ProblemBox error={save.error} /> : null}
          {questions.map(({ key, pillar, question, why, answers }) => {
            const now = chosen[key] ?? data.settings.answers[key];
            const options = [...answers, ['unknown', 'Don’t know'] as const];
            return (
              <fieldset key={key} className="question">
                <legend>
                  {question} <span className="quiet-text small">{pillarWord[pillar]}</span>
                </legend>
                <p className="quiet-text small">{why}</p>
                <div className="answers">
                  {options.map(([value, label]) => (
                    <label key={value} className="answer">
                      <input
                        type="radio"
                        name={key}
                        checked={now === value}
                        onChange={() => answer({ [key]: value } as Partial<FirstAnswers>)}
                      />
                      {label}
                    </label>
                  ))}
                </div>
              </fieldset>
            );
          })}
        </div>
      )}
    </Loaded>
  );
}
